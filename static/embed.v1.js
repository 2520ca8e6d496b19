/*! lianlian-checkout, embed.js 1. Puts the checkout into a shop's page: a modal, a part of the page, or on phones the way to it. */
(() => {
  "use strict";

  const waiting = window.Checkout; // an array of functions, when the page spoke first
  if (waiting && !Array.isArray(waiting)) return;
  const script = document.currentScript || document.querySelector('script[src$="/embed.js"], script[src$="/embed.v1.js"]');
  const base = new URL(".", script.src); // the checkout's address, with its base path
  const source = "lianlian-checkout";
  const version = 1;

  const words = {
    en: { title: "Checkout", close: "Close", go: "Go to checkout", wait: "Opening the checkout…", slow: "The checkout doesn’t open here." },
    "zh-Hant": { title: "結帳", close: "關閉", go: "前往結帳", wait: "正在開啟結帳…", slow: "未能在此頁開啟結帳。" },
    "zh-Hans": { title: "结账", close: "关闭", go: "前往结账", wait: "正在打开结账…", slow: "无法在此页打开结账。" },
  };
  const wordsFor = (locale) => {
    const tag = String(locale || document.documentElement.lang || navigator.language || "").toLowerCase();
    if (!tag.startsWith("zh")) return words.en;
    return words[/hant|-hk|-mo|-tw/.test(tag) ? "zh-Hant" : "zh-Hans"];
  };

  // A host's policy may forbid style attributes; styles set one by one from a script it can't.
  const make = (name, styles, properties) => {
    const element = Object.assign(document.createElement(name), properties);
    element.style.all = "initial";
    return style(element, styles);
  };
  const style = (element, styles) => {
    Object.assign(element.style, styles);
    return element;
  };

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const font = '16px/24px system-ui, -apple-system, "PingFang HK", "PingFang SC", "Noto Sans CJK TC", sans-serif';
  const moment = 600; // ms until something is said about a frame that isn't there yet
  const patience = 10000; // ms until it counts as one that can't be shown

  // As the server sees it: tablets count as computers, because wallets live on phones.
  const onPhone = () => {
    const agent = navigator.userAgent;
    if (/WindowsWechat|MacWechat|WMPF/i.test(agent)) return false;
    return /iPhone|iPod|Windows Phone|MicroMessenger|AlipayClient/i.test(agent) || (/Mobile/.test(agent) && !/iPad|Tablet/i.test(agent));
  };

  const itemsText = (items) => {
    if (typeof items === "string") return items.replace(/\s+/g, "");
    return items.map((item) => `${item.sku}:${item.quantity ?? 1}`).join(",");
  };

  // address is of the checkout for the options: the page for a window of its own, or for a frame.
  const address = (o, frame, modal) => {
    const url = new URL(o.session ? `orders/${encodeURIComponent(o.session)}` : "checkout", base);
    if (frame || !o.session) url.pathname = url.pathname.replace(base.pathname, `${base.pathname}embed/`);
    if (!o.session) url.searchParams.set("items", o.items);
    if (frame) url.searchParams.set("origin", location.origin);
    if (frame && modal) url.searchParams.set("mode", "modal");
    if (o.locale) url.searchParams.set(frame || !o.session ? "locale" : "lang", o.locale);
    return url.href;
  };

  const check = (options, what) => {
    const o = { ...options };
    if (Boolean(o.items) === Boolean(o.session)) throw new TypeError(`${what}: give either items or session`);
    if (o.items) o.items = itemsText(o.items);
    if (!o.session) o.locale ||= document.documentElement.lang; // a session has a language of its own
    return o;
  };

  const tell = (o, type, more) => {
    const detail = { type, ...more };
    const name = `on${type[0].toUpperCase()}${type.slice(1)}`;
    (o.element || document).dispatchEvent(new CustomEvent(`checkout:${type}`, { bubbles: true, detail }));
    if (typeof o[name] === "function") o[name](detail);
  };

  const leave = (o) => {
    const url = address(o, false);
    tell(o, "redirect", { url });
    window.top.location.assign(url);
  };

  // widgets are the frames that are there, each with what its messages do.
  const widgets = new Set();

  window.addEventListener("message", (event) => {
    if (event.origin !== base.origin) return;
    const message = event.data;
    if (message?.source !== source || message.version !== version) return;
    for (const w of widgets) if (event.source && event.source === w.frame.contentWindow) w.hear(message);
  });

  const orderOf = (message) => ({ order: { id: String(message.order?.id ?? ""), number: String(message.order?.number ?? "") } });

  // widget is a frame in a place. shown is called with its height when that becomes known and whenever it changes.
  const widget = (o, place, modal, shown) => {
    const say = wordsFor(o.locale);
    const frame = make("iframe", { display: "block", width: "100%", height: "0", border: "0", visibility: "hidden", colorScheme: "inherit" }, { title: say.title, allow: "clipboard-write" });
    const w = { frame, paid: false, ready: false, hear, end, focus };
    const note = make("div", { display: "none", padding: "64px 24px", font, textAlign: "center", color: "inherit" });
    const out = make("a", { color: "inherit", textDecoration: "underline", cursor: "pointer", outline: "revert" }, { href: address(o, false), target: "_top", textContent: say.go });
    note.setAttribute("role", "status");
    const timers = [
      setTimeout(() => {
        note.textContent = say.wait;
        style(note, { display: "block", position: "absolute", inset: "0" });
      }, moment),
      setTimeout(() => note.replaceChildren(`${say.slow} `, out), patience),
    ];

    function hear(message) {
      const height = Math.min(Math.max(Number(message.height) || 0, 0), 20000);
      switch (message.type) {
        case "ready":
          timers.forEach(clearTimeout);
          note.style.display = "none";
          frame.style.visibility = "visible";
          shown(height);
          if (w.ready) w.turned?.();
          else w.began?.();
          w.ready = true;
          tell(o, "ready");
          break;
        case "resize":
          shown(height);
          tell(o, "resize", { height });
          break;
        case "paid":
          if (!w.paid) tell(o, "paid", orderOf(message));
          w.paid = true;
          break;
        case "expired":
        case "redirect":
          tell(o, message.type, message.type === "expired" ? orderOf(message) : undefined);
          break;
        case "close":
          w.closing?.();
          break;
      }
    }
    function focus() {
      frame.focus({ preventScroll: true });
      frame.contentWindow?.postMessage({ source, version, type: "focus" }, base.origin);
    }
    function end() {
      timers.forEach(clearTimeout);
      widgets.delete(w);
      frame.remove();
      note.remove();
    }

    widgets.add(w);
    place.append(frame, note);
    frame.src = address(o, true, modal);
    return w;
  };

  // Modals that were closed before they were paid stay for whoever opens them again, as they were left.
  const modals = new Map();
  let current;

  const modal = (o) => {
    const say = wordsFor(o.locale);
    const dialog = make("dialog", {
      position: "fixed", inset: "0", boxSizing: "border-box", width: "100%", height: "100%", maxWidth: "none", maxHeight: "none",
      padding: "16px", border: "0", background: "rgba(15, 17, 19, 0.6)", alignItems: "center", justifyContent: "center", overflow: "hidden", overscrollBehavior: "contain",
    });
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-label", say.title);
    const panel = make("div", { display: "block", position: "relative", width: "480px", maxWidth: "100%", maxHeight: "100%", overflow: "hidden", borderRadius: "12px", boxShadow: "0 16px 48px rgba(0, 0, 0, 0.24)" });
    const close = make("button", {
      position: "absolute", top: "6px", right: "8px", width: "44px", height: "44px", display: "grid", placeItems: "center",
      font: "24px/1 system-ui, sans-serif", cursor: "pointer", borderRadius: "8px", outline: "revert", zIndex: "1",
    }, { type: "button", textContent: "×" });
    close.setAttribute("aria-label", say.close);
    const colours = () => {
      style(panel, { background: dark.matches ? "#15181b" : "#ffffff", color: dark.matches ? "#edeff1" : "#15181c" });
      close.style.color = dark.matches ? "#a3abb3" : "#5c636b";
      w.frame.style.colorScheme = dark.matches ? "dark" : "light"; // else the frame is white while it loads
    };
    let wanted = 0;
    const fit = () => {
      const room = window.innerHeight - 32;
      const height = `${Math.min(wanted || 560, room)}px`;
      panel.style.transition = w.ready && !still.matches ? "height 160ms ease-out" : "none";
      panel.style.height = height;
      if (wanted) w.frame.style.height = height;
    };
    dialog.append(panel);
    panel.append(close);
    const w = widget(o, panel, true, (height) => {
      wanted = height;
      fit();
    });
    w.began = () => dialog.open && w.focus();

    let before;
    const lock = () => {
      const root = document.documentElement;
      const bar = window.innerWidth - root.clientWidth;
      before = [root.style.overflow, root.style.paddingRight];
      style(root, { overflow: "hidden" });
      if (bar > 0) root.style.paddingRight = `${parseFloat(getComputedStyle(root).paddingRight) + bar}px`;
    };
    const shut = () => {
      if (!dialog.open) return;
      dialog.close();
      dialog.style.display = "none";
      style(document.documentElement, { overflow: before[0], paddingRight: before[1] });
      current = undefined;
      removeEventListener("resize", fit);
      dark.removeEventListener("change", colours);
      const opener = m.opener;
      if (w.paid || !w.ready) {
        w.end();
        dialog.remove();
        modals.delete(m.key);
      }
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      tell(m.o, "closed", { paid: w.paid });
    };
    const show = () => {
      current?.shut();
      current = m;
      m.opener = document.activeElement;
      if (!dialog.isConnected) document.body.append(dialog);
      lock();
      colours();
      fit();
      addEventListener("resize", fit);
      dark.addEventListener("change", colours);
      dialog.style.display = "flex";
      dialog.showModal();
      if (w.ready) w.focus();
      if (!still.matches) dialog.animate?.([{ opacity: 0 }, { opacity: 1 }], { duration: 160, easing: "ease-out" });
    };
    const m = { o, shut, show };
    w.closing = shut;
    close.addEventListener("click", shut);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      shut();
    });
    return m;
  };

  // open shows the checkout over the page. On a phone the window goes there instead, if somebody has just tapped; never by itself.
  const open = (options) => {
    const o = check(options, "Checkout.open");
    if (onPhone() && navigator.userActivation?.isActive !== false) {
      leave(o);
      return { close() {} };
    }
    const key = JSON.stringify([o.session, o.items, o.locale]);
    let m = modals.get(key);
    if (m) {
      for (const name of Object.keys(m.o)) delete m.o[name]; // events go to whoever opened it now
      Object.assign(m.o, o);
    } else {
      m = modal(o);
      m.key = key;
      modals.set(key, m);
    }
    m.show();
    return { close: m.shut };
  };

  // mount shows the checkout in a place of the page; on a phone, the way to it.
  const mount = (target, options) => {
    const place = typeof target === "string" ? document.querySelector(target) : target;
    if (!place) throw new TypeError("Checkout.mount: there is no such place");
    const o = check({ element: place, ...options }, "Checkout.mount");
    if (onPhone()) {
      const link = make("a", {
        display: "block", boxSizing: "border-box", minHeight: "48px", padding: "12px 20px", borderRadius: "8px", border: "1px solid #868d95", colorScheme: "inherit",
        background: "CanvasText", color: "Canvas", font, fontWeight: "600", textAlign: "center", cursor: "pointer", outline: "revert",
      }, { href: address(o, false), target: "_top", textContent: wordsFor(o.locale).go });
      link.addEventListener("click", () => tell(o, "redirect", { url: link.href }));
      place.append(link);
      return { close: () => link.remove() };
    }
    const room = make("div", { display: "block", position: "relative", minHeight: "480px", color: "inherit" });
    place.append(room);
    const w = widget(o, room, false, (height) => {
      room.style.minHeight = "0";
      w.frame.style.height = `${height}px`;
    });
    // The next page in the frame begins at its top, which a long form may have left above the window's.
    w.turned = () => room.getBoundingClientRect().top < 0 && room.scrollIntoView({ block: "start" });
    return {
      close() {
        if (!room.isConnected) return;
        w.end();
        room.remove();
        tell(o, "closed", { paid: w.paid });
      },
    };
  };

  document.addEventListener("click", (event) => {
    const element = event.target.closest?.("[data-checkout-items], [data-checkout-session]");
    if (!element || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const { checkoutItems: items, checkoutSession: session, checkoutLocale: locale } = element.dataset;
    open({ items, session, locale, element });
  });

  window.Checkout = {
    version,
    open,
    mount,
    close: () => current?.shut(),
    push: (...work) => work.forEach((f) => f(window.Checkout)),
  };
  if (waiting) window.Checkout.push(...waiting);
})();
