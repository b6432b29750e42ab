// The counts of a message that is being sent, every three seconds: <section data-progress="URL">
// with <progress> and <dd data-part="...">. Once the state is another, the page is loaded again.
// Without the script the page reloads itself.
(function () {
  "use strict";

  var box = document.querySelector("[data-progress]");
  if (!box || !window.fetch) { return; }
  var bar = box.querySelector("progress");

  function show(told) {
    Object.keys(told.counts).forEach(function (part) {
      var place = box.querySelector('[data-part="' + part + '"]');
      if (place) { place.textContent = told.counts[part].toLocaleString("en-US"); }
    });
    bar.value = told.people - told.counts.waiting;
  }

  function ask() {
    fetch(box.getAttribute("data-progress"), { credentials: "same-origin" }).then(function (answer) {
      return answer.ok ? answer.json() : null;
    }).then(function (told) {
      if (told && told.state !== "sending") { window.location.reload(); return; }
      if (told) { show(told); }
      window.setTimeout(ask, 3000);
    }, function () { window.setTimeout(ask, 10000); });
  }

  window.setTimeout(ask, 3000);
})();
