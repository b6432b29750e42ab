// "Copy" beside text that is pasted elsewhere: <button data-copy="id of the text" hidden>, which says
// so in the element "id of the text" + "-said". Without the script, or where the browser forbids it,
// the text can be selected as any other.
(function () {
  "use strict";

  function copy(id) {
    var text = document.getElementById(id);
    var said = document.getElementById(id + "-said");
    navigator.clipboard.writeText(text.textContent).then(function () {
      said.textContent = said.getAttribute("data-copied");
    }, function () {
      window.getSelection().selectAllChildren(text);
    });
  }

  if (!navigator.clipboard) { return; }
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { copy(button.getAttribute("data-copy")); });
  });
})();
