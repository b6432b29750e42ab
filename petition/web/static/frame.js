// In the frame: tells the page around it how high its content is. See embed.js.
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
    if (event.source !== window.parent || !event.data || event.data.hundredth !== "measure") { return; }
    told = 0;
    tell();
  });
  new ResizeObserver(tell).observe(document.documentElement);
  tell();
})();
