// Runs before the first paint, so that somebody who chose dark never sees a white flash.
(() => {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
