// In the frame: tells the page around it how high its content is (see embed.js), and gives the
// focus to what is wrong, since browsers heed no autofocus in a frame of another website.
(function () {
  "use strict";

  if (window.parent === window) { return; }
  var told = 0;

  function tell() {
    var height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    if (height === told) { return; }
    told = height;
    // To whichever page holds the frame: it can read nothing but a height.
    window.parent.postMessage({ hundredth: "height", height: height }, "*");
  }

  // A script of that page that came later than the first word asks for it again.
  window.addEventListener("message", function (event) {
    if (event.source !== window.parent) { return; }
    if (!event.data || event.data.hundredth !== "measure") { return; }
    told = 0;
    tell();
  });
  var wrong = document.querySelector("[autofocus]");
  if (wrong) { wrong.focus({ preventScroll: true }); }
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
