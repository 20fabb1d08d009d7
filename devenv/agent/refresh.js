/* Put into pages by devenv, in development only; `app.refresh: false` in devenv.yaml leaves it out. */
(function () {
  "use strict";
  var script = document.currentScript;
  if (!script || window.devenvRefresh) return;
  window.devenvRefresh = true;

  var KEY = "devenv-refresh";
  var PARAMETER = "devenv";
  var mark = script.dataset.mark; // what this page was made of
  var sent = "sent" in script.dataset; // it answers a form
  var events = new URL("/.devenv/events", script.src); // not of <base>
  var seen = mark;
  var source = null;
  var waiting = 0;

  function remembered() {
    try {
      return sessionStorage.getItem(KEY);
    } catch (error) {
      return null;
    }
  }

  function remember(text) {
    try {
      sessionStorage.setItem(KEY, text);
      return true;
    } catch (error) {
      return false;
    }
  }

  function parentRefreshes() {
    try {
      return window.parent !== window && Boolean(window.parent.devenvRefresh);
    } catch (error) {
      return false; // of another origin
    }
  }

  function reload(news) {
    // A page that comes back as it was, from some cache, must not be loaded again and again.
    var attempt = news + " " + mark + " " + location.href;
    if (parentRefreshes() || remembered() === attempt) return;
    if (sent) return notice();
    if (remember(attempt)) location.reload();
  }

  /* Loading it again would send the form a second time: that is for its user to decide. */
  function notice() {
    if (document.getElementById(KEY)) return;
    var box = document.createElement("button");
    box.id = KEY;
    box.type = "button";
    box.textContent = "The code has changed since. Load again";
    var look = {
      position: "fixed", right: "16px", bottom: "16px", zIndex: "2147483647", padding: "10px 16px",
      border: "0", borderRadius: "8px", background: "#1d1d1f", color: "#fff", cursor: "pointer",
      font: "14px/1.4 system-ui, sans-serif", boxShadow: "0 2px 12px rgba(0, 0, 0, .35)"
    };
    for (var name in look) box.style[name] = look[name];
    box.addEventListener("click", function () { location.reload(); });
    (document.body || document.documentElement).appendChild(box);
  }

  function fileOf(address) {
    return new URL(address, document.baseURI).pathname.split("/").pop();
  }

  function imports(sheet, file) {
    try {
      return Array.prototype.some.call(sheet.cssRules, function (rule) {
        return rule.href && rule.styleSheet && (fileOf(rule.href) === file || imports(rule.styleSheet, file));
      });
    } catch (error) {
      return false; // of another origin
    }
  }

  function swap(link, news) {
    var next = link.cloneNode();
    var address = new URL(link.href);
    address.searchParams.set(PARAMETER, news);
    next.href = address.href;
    next.addEventListener("load", function () { link.remove(); });
    next.addEventListener("error", function () { next.remove(); });
    link.after(next);
  }

  function swapSheets(paths, news) {
    var links = Array.prototype.slice.call(document.querySelectorAll('link[rel~="stylesheet"][href]'));
    var touched = paths.map(function (path) {
      var file = path.split("/").pop();
      return links.filter(function (link) {
        return fileOf(link.href) === file || (link.sheet && imports(link.sheet, file));
      });
    });
    if (!touched.every(function (found) { return found.length; })) return reload(news);
    links.forEach(function (link) {
      if (touched.some(function (found) { return found.indexOf(link) >= 0; })) swap(link, news);
    });
  }

  function hear(event) {
    var news = JSON.parse(event.data);
    seen = news.mark;
    waiting = 0;
    if (news.sheets.length) swapSheets(news.sheets, news.mark);
    else reload(news.mark);
  }

  function close() {
    if (source) source.close();
    source = null;
  }

  /* A browser has six connections for a server: pages that nobody looks at take none, and catch up later. */
  function connect() {
    if (source || document.visibilityState === "hidden") return;
    events.search = "since=" + encodeURIComponent(seen);
    source = new EventSource(events.href);
    source.addEventListener("news", hear);
    source.addEventListener("open", function () { waiting = 0; });
    source.addEventListener("error", function () {
      if (!source || source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      source = null;
      waiting = Math.min(30000, 2 * waiting + 500);
      setTimeout(connect, waiting);
    });
  }

  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") close();
    else connect();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", connect);
  connect();
})();
