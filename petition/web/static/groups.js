// A list of groups that is searched while one types: <div data-groups> around the form of the
// search and the lines, <details data-group="its name">. Without the script the form asks the page.
(function () {
  "use strict";

  function fold(text) {
    return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  document.querySelectorAll("[data-groups]").forEach(function (list) {
    var input = list.querySelector("[type=search]");
    var lines = list.querySelectorAll("[data-group]");
    var none = list.querySelector("[data-groups-none]");
    // What the page was searched for has left lines out: the form must ask it again.
    if (!input || !none || input.value) { return; }
    list.querySelector("[data-groups-search] button").hidden = true;
    input.form.addEventListener("submit", function (event) { event.preventDefault(); });
    input.addEventListener("input", function () {
      var typed = fold(input.value.trim());
      var shown = 0;
      lines.forEach(function (line) {
        line.hidden = fold(line.getAttribute("data-group")).indexOf(typed) < 0;
        if (!line.hidden) { shown += 1; }
      });
      none.hidden = shown > 0;
    });
  });
})();
