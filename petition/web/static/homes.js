// Shows how far the districts of a ZIP code are as soon as it is typed in the sign form, and asks for
// the county or town where it lies in several. Whatever fails here, the page after signing asks.
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
      var told = box.querySelectorAll(".progress-words, legend, .aside");
      said.textContent = Array.from(told, function (one) { return one.textContent; }).join(" ");
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
