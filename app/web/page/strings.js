// What the page says, in one place.
export const words = {
  appName: 'Renovation Agent',
  tagline: 'Renovation Agent: see your own room, renovated',
  loading: 'Loading',
  unreachable: { title: 'The server cannot be reached', detail: 'Check the connection and try again. What you typed is still here.' },
  unexpected: { title: 'That did not work', detail: 'Please try again in a moment.' },
  tooLarge: (name, size) => ({ title: 'This photo is too large', detail: `${name} has ${size}; up to 10 MB works. Most phones can share a smaller copy.` }),
  emptyFile: (name) => ({ title: 'This file is empty', detail: `There is nothing in ${name}. Please choose the photo again.` }),
  changedElsewhere: { title: 'Changed in another window', detail: 'Someone, maybe you, changed this a moment ago.' },
  loadLatest: 'Load the latest',
  tooMany: (wait) => `The next one can start in ${wait}. Your words are kept.`,
  tryAgain: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  delete: 'Delete',
  save: 'Save',
  rename: 'Rename',
  guest: 'Guest',

  roomTypes: {
    'living-room': 'Living room', kitchen: 'Kitchen', bathroom: 'Bathroom', bedroom: 'Bedroom', 'dining-room': 'Dining room',
    office: 'Office', hallway: 'Hallway', laundry: 'Laundry', basement: 'Basement', attic: 'Attic', garage: 'Garage',
    outdoor: 'Outdoor', other: 'Other',
  },

  start: {
    needWords: 'A sentence is enough: which room, and what bothers you?',
    moreWords: 'A few more words, please: ten characters or more.',
    addPhoto: 'Add a photo',
    button: 'Start',
    buttonFull: 'Show me the room',
    opening: 'Opening your renovation',
    sending: (n) => `Sending the photo, ${n} %`,
    anyStyle: 'Style later',
    chosen: (name) => `${name} is chosen. Now a photo and a few words.`,
    continueHeading: 'Continue',
    drawnRoom: 'a drawn living room', drawing: 'A drawing. Yours is made from your own photo.',
  },

  steps: {
    label: 'Steps for this room',
    names: ['Photo', 'Style', 'Picture', 'Decision'],
    done: ', done', current: ', current', later: ', not yet',
    next: ['Add a photo of the room', 'Choose a style', 'Wait for the picture', 'Approve a picture you like'],
    of: (n, all) => `Step ${n} of ${all}`,
  },

  rooms: {
    heading: 'Rooms', add: 'Add a room', options: (name) => `Options for ${name}`, noPhoto: 'no photo yet', pictures: (n) => (n === 1 ? '1 picture' : `${n} pictures`), photoIn: 'photo is in',
    addTitle: 'Add a room', name: 'Name', type: 'Kind of room', rename: 'Rename the room', nameNeeded: 'Give the room a name.',
    delete: 'Delete the room', deleteTitle: (name) => `Delete ${name}?`,
    deleteText: 'Its photos and pictures go too, and what is being made stops. This cannot be undone.', deleted: (name) => `${name} is deleted.`,
    none: 'No room yet', noneText: 'Add the room you would like to see renovated. A photo helps most.',
  },

  photos: {
    heading: 'Photo', choose: 'Choose a photo', more: 'Add another photo', drop: 'or drop it here', hint: 'JPEG, PNG, WebP or HEIC, up to 10 MB',
    alt: (room) => `Your photo of the ${room.toLowerCase()} today`, sending: 'Sending the photo', preparing: 'Preparing the photo', failed: 'Not usable',
    failedTitle: 'This photo cannot be used', remove: 'Delete this photo', use: (n) => `Use photo ${n}`, removeTitle: 'Delete this photo?', removeText: 'Pictures that were made from it stay.',
    empty: (room) => `No photo of the ${room.toLowerCase()} yet`, emptyText: 'Stand in a corner and take in as much of the room as you can. Daylight is best, tidy is optional.',
    ready: 'The photo is ready.',
  },

  wish: {
    title: 'What would you like to see?', style: 'Style', ownWords: 'My own words',
    words: 'In your own words', optional: 'optional with a style', placeholder: 'For example: keep the sofa, make the walls lighter, warm light in the evening.',
    count: 'How many pictures', picture: ' picture', pictures: ' pictures',
    button: (n) => (n === 1 ? 'Make the picture' : `Make ${n} pictures`), fromWords: 'Without a photo, the room is drawn from your words alone.',
    all: (n) => `All ${n} styles`, needed: 'Choose a style, or say in a sentence what you would like.', sending: 'Sending',
    colours: (list) => `Colours: ${list}`, materials: 'Materials', stylesFailed: 'The styles did not load.', prompt: (style) => `${style.name}. ${style.description}`,
  },

  picture: {
    today: 'Today', renovated: 'Renovated', compare: (name) => `Compare ${name}: how much of the photo from today is shown`,
    value: (n) => `${n} % today, ${100 - n} % renovated`,
    stages: { queued: 'Queue', generating: 'Painting', uploading: 'Saving', finalizing: 'Checking' },
    waiting: 'Waiting for a place', painting: 'Painting your room', position: (n) => (n > 1 ? `${n - 1} before you` : 'You are next'),
    leave: 'Usually under a minute. You may leave; it goes on.', progress: 'Picture',
    approve: 'Approve', approved: 'Approved', reject: 'Not this one', rejected: 'Not for us', vary: 'Make a variation',
    kept: (n) => `Room kept ${n} %`, strip: 'Pictures of this room', another: 'Another one', failed: 'Failed', cancelled: 'Cancelled', number: (n, name) => `${n}. ${name}`,
    free: 'Own words', failedTitle: 'This picture did not work', failedText: 'Something went wrong while it was made.', changeWords: 'Change the words',
    cancelledTitle: 'This picture was cancelled', cancelledText: 'Nothing was made.',
    readyToMake: 'Your photo is in. Choose a style and the room appears here in it.', ready: (n) => `Picture ${n} is ready.`, started: 'The picture has started.', saidFailed: (why) => `The picture failed. ${why}`, stopped: 'The picture was stopped.',
    madeBy: 'Made by', took: 'In', from: 'From', yourPhoto: 'your photo', yourWords: 'your words', pictureNo: (n) => `picture ${n}`, made: 'Made', promptSummary: 'The words it was made from',
    what: 'What should be different?', whatExample: 'For example: the back wall in warm clay, everything else as it is.', make: 'Make it', download: 'Download', alt: (room, name) => `${room} in ${name}`,
  },

  views: { wish: 'Wish', room: 'Room', new: ', new', label: 'Views' },

  session: {
    untitled: 'New renovation', options: 'This renovation and others', heading: 'Renovations', current: 'open now', rename: 'Rename', title: 'Name of this renovation', titleNeeded: 'Give it a name.',
    start: 'Start a new one', delete: 'Delete', deleteTitle: (t) => `Delete ${t}?`, deleteText: 'All of its rooms, photos and pictures go, and what is being made stops. This cannot be undone.',
    deleted: 'The renovation is deleted.', signInFirst: 'Sign in to open this renovation.', missing: { title: 'This renovation is not here', detail: 'It was deleted, or it belongs to another account.' }, changed: (when) => `changed ${when}`,
  },

  inbox: { heading: 'Inbox', label: (n) => (n ? `Inbox, ${n} unread` : 'Inbox'), unread: ', unread', empty: 'Nothing new', emptyText: 'Pictures land here when they are ready, also while you are away.', close: 'Close the inbox', older: 'Older' },

  account: {
    guestText: 'Your work is kept on this device. Add an e-mail to keep it everywhere.', nobodyText: 'Start without an account, or sign in to work you have kept.',
    keep: 'Keep my work', signIn: 'Sign in', signOut: 'Sign out', keys: 'API keys', email: 'E-mail', password: 'Password', name: 'Your name (optional)',
    registerTitle: 'Keep your work', registerText: 'Everything you have made as a guest moves to the account.', register: 'Create the account', registered: 'Your work is kept', registeredText: 'Sign in with this e-mail on any device.',
    signInTitle: 'Sign in', signInWarning: 'What you made here as a guest moves to your account.', signedIn: (name) => `Signed in as ${name}.`, signedOut: 'You are signed out.',
    badEmail: 'An address like ana@example.org.', badPassword: 'Eight characters or more; three words are fine.', passwordNeeded: 'Your password, please.', ended: { title: 'Your sign-in has ended', detail: 'Sign in again, or start anew.' },
  },

  keys: {
    title: 'API keys', text: 'A key may do what you may, through the same public API. Treat it like a password.', name: 'Name', nameNeeded: 'A name tells your keys apart.', create: 'Create a key', none: 'No keys yet.',
    once: 'Copy it now. It is shown only this once.', copy: 'Copy', copied: 'Copied.', revoke: 'Revoke', revokeTitle: (n) => `Revoke ${n}?`, revokeText: 'Programs that use it stop working at once.', used: (when) => `used ${when}`, neverUsed: 'never used', expires: (d) => `until ${d}`, made: 'Key',
  },

  live: {
    states: { idle: 'Not connected', live: 'Live', reconnecting: 'Reconnecting', offline: 'Offline' },
    texts: {
      idle: 'The line opens with your first renovation.', live: 'Changes appear by themselves. If the line drops, nothing is lost.',
      reconnecting: 'The line dropped. What happens meanwhile arrives when it is back.', offline: 'No internet. You can read everything; changes wait until you are back.',
    },
    lost: 'Connection lost, reconnecting.', back: 'Connected again.', lastEvent: 'Last event', received: 'Received here', thisTab: 'This tab', reads: 'reads the stream', follows: 'follows another tab', none: 'none yet', count: (n) => `${n} received`, caughtUp: 'Back live', missed: (n) => (n === 1 ? 'One event arrived meanwhile.' : `${n} events arrived meanwhile, in order.`), nothing: 'Nothing happened meanwhile.',
  },
};
