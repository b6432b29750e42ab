// For other websites: puts a campaign's form where a page has <div data-hundredth="its-name"></div>
// (data-show="map": its map), and gives the frame the height of what is in it. An iframe of ours
// with data-hundredth is only sized. data-scheme: light (without it), dark, or auto for what each
// visitor's system prefers.
//
// - What the place holds, a link to the letter, stays until the frame has said its height: where the
//   frame is refused, does not load or is too old to answer, visitors keep the link.
// - It reads nothing of the page, and sets nothing but the frame.
// - A message counts only from our host, and only from the very frame that it is about.
(function () {
  "use strict";

  var NAME = /^[a-z0-9-]{1,100}$/;
  var SCHEMES = { dark: "?scheme=dark", auto: "?scheme=auto" };
  var LOWEST = 80, HIGHEST = 20000;

  var script = document.currentScript;
  if (!script || !script.src) { return; }
  var home = new URL(script.src).origin;
  var frames = [];

  function makeFrame(place) {
    var name = place.getAttribute("data-hundredth") || "";
    var shows = place.getAttribute("data-show") === "map" ? "map" : "form";
    if (!NAME.test(name)) { return null; }
    var frame = document.createElement("iframe");
    var scheme = SCHEMES[place.getAttribute("data-scheme")] || "";
    frame.src = home + "/embed/" + name + (shows === "map" ? "/map" : "") + scheme;
    frame.title = place.getAttribute("data-title") || place.textContent.trim() || "Open letter";
    frame.style.display = "block";
    frame.style.width = "100%";
    frame.style.border = "0";
    frame.style.height = "0";
    frame.style.visibility = "hidden"; // nor can it be reached by the keyboard
    place.appendChild(frame);
    return frame;
  }

  function watch(frame) {
    var pages = 0;
    frames.push(frame);
    frame.addEventListener("load", function () {
      pages += 1;
      // After signing, a short page stands where the long form was: bring its top into view.
      if (pages > 1 && frame.getBoundingClientRect().top < 0) { frame.scrollIntoView(); }
    });
  }

  function show(frame, height) {
    frame.style.height = Math.ceil(height) + "px";
    if (frame.style.visibility !== "hidden") { return; }
    frame.style.visibility = "";
    // One by one: a frame that is taken out and put back would load again.
    Array.from(frame.parentNode.childNodes).forEach(function (other) {
      if (other !== frame) { other.remove(); }
    });
  }

  function adopt(place) {
    if (place.hasAttribute("data-hundredth-ready")) { return; }
    place.setAttribute("data-hundredth-ready", "");
    var isFrame = place.tagName === "IFRAME";
    if (isFrame && place.src.indexOf(home + "/embed/") !== 0) { return; }
    var frame = isFrame ? place : makeFrame(place);
    if (!frame) { return; }
    watch(frame);
    // It may have said its height before anybody listened. The question is no secret, and a frame
    // that is not there yet would make of another target an error in the page's console.
    if (isFrame && frame.contentWindow) {
      frame.contentWindow.postMessage({ hundredth: "measure" }, "*");
    }
  }

  window.addEventListener("message", function (event) {
    if (event.origin !== home || !event.data || event.data.hundredth !== "height") { return; }
    var height = event.data.height;
    if (typeof height !== "number" || !(height >= LOWEST && height <= HIGHEST)) { return; }
    frames.forEach(function (frame) {
      if (frame.contentWindow === event.source) { show(frame, height); }
    });
  });

  function start() { document.querySelectorAll("[data-hundredth]").forEach(adopt); }
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
