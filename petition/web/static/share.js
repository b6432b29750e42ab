// Shares the link by the browser's own dialog where it has one, and copies it. Without this script
// the page has plain links and the address to copy by hand.
(function () {
  "use strict";

  function prepare(box) {
    var data = box.dataset;
    var share = box.querySelector("[data-share]");
    var copy = box.querySelector("[data-copy]");
    var said = box.querySelector("[data-share-said]");

    if (navigator.share) {
      share.hidden = false;
      share.addEventListener("click", function () {
        navigator.share({
          title: data.shareTitle, text: data.shareText, url: data.shareUrl
        }).catch(function () { return; });
      });
    }
    if (navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener("click", function () {
        navigator.clipboard.writeText(data.shareUrl).then(function () {
          said.textContent = said.dataset.copied;
        }, function () { return; });
      });
    }
  }

  document.querySelectorAll("[data-share-url]").forEach(prepare);
})();
