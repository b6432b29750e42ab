// Asks for the county or town in the sign form as soon as its ZIP code is typed, where it lies in
// several. Whatever fails here, the page after signing asks the same.
(function () {
  "use strict";

  var ZIP = /^\s*(\d{5})(?:-?\d{4})?\s*$/;

  function watch(box) {
    var form = box.closest("form");
    var zip = form.elements.postal_code;
    var said = form.querySelector("[data-homes-said]");
    var shown = box.dataset.code || "";

    function show(code, words) {
      shown = code;
      var answer = new DOMParser().parseFromString(words, "text/html");
      box.replaceChildren.apply(box, answer.body.childNodes);
      var question = box.querySelector("legend, .aside");
      said.textContent = question ? question.textContent : "";
    }

    async function ask() {
      var match = ZIP.exec(zip.value);
      var code = match ? match[1] : "";
      if (code === shown) { return; }
      show(code, "");
      if (!code) { return; }
      try {
        var answer = await fetch(box.dataset.homes, {
          method: "POST", body: new URLSearchParams({ postal_code: code }), credentials: "omit"
        });
        var words = answer.ok ? await answer.text() : "";
        if (shown === code) { show(code, words); }
      } catch (error) {
        return;
      }
    }

    zip.addEventListener("input", ask);
    zip.addEventListener("change", ask);
    window.addEventListener("pageshow", ask);
    ask();
  }

  document.querySelectorAll("[data-homes]").forEach(watch);
})();
