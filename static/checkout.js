// Makes the pages quicker to use. Every page works without it: forms post, links lead on, and a page that
// waits reloads itself.
(() => {
  "use strict";

  const announce = (text) => {
    const place = document.getElementById("announcer");
    if (place && text) place.textContent = text;
  };

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  // fetchPage asks for a page as a browser would and hands back its document.
  const fetchPage = async (url, options = {}) => {
    const response = await fetch(url, {
      credentials: "same-origin",
      ...options,
      headers: { Accept: "text/html", ...options.headers },
    });
    return { response, page: parse(await response.text()) };
  };

  // send posts a form and follows the redirect to the page behind it.
  const send = (form) =>
    fetchPage(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });

  // swap puts the element of the same id from another document in place of ours.
  const swap = (id, page) => {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (!old || !fresh) return null;
    old.replaceWith(fresh);
    return fresh;
  };

  // A form is sent once; the button says so meanwhile. A page that comes back from the browser's memory starts anew.
  const guardOnce = (form) => {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "true";
      const button = event.submitter || form.querySelector("button[type=submit]");
      if (!button) return;
      button.setAttribute("aria-disabled", "true");
      if (button.dataset.busy) {
        button.dataset.idle = button.textContent;
        button.textContent = button.dataset.busy;
      }
    });
  };

  const releaseAll = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) {
        button.removeAttribute("aria-disabled");
        if (button.dataset.idle) button.textContent = button.dataset.idle;
      }
    }
  };

  // Quantity: buttons around the number field.
  const stepper = (box) => {
    const field = box.querySelector("input");
    for (const button of box.querySelectorAll("[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const old = Number.parseInt(field.value, 10) || 0;
        const next = Math.min(Math.max(old + Number(button.dataset.step), Number(field.min)), Number(field.max));
        if (next === old) return;
        field.value = String(next);
        field.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
  };

  // busy says, when the answer takes longer than a moment, that it is under way. What it returns ends that.
  const busy = (button) => {
    const timer = setTimeout(() => {
      button.style.setProperty("min-width", `${button.offsetWidth}px`);
      button.setAttribute("aria-disabled", "true");
      words = [...button.childNodes];
      button.replaceChildren(button.dataset.busy);
      announce(button.dataset.busy);
    }, 300);
    let words;
    return () => {
      clearTimeout(timer);
      if (!words) return;
      button.removeAttribute("aria-disabled");
      button.replaceChildren(...words);
    };
  };

  // Add to cart without leaving the page.
  const addInPlace = (form) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.sending) return;
      form.dataset.sending = "true";
      const button = form.querySelector("button[type=submit]");
      const done = busy(button);
      try {
        const { response, page } = await send(form).finally(done);
        if (response.status === 422) {
          const fresh = swap("main", page);
          if (fresh) enhance(fresh);
          fresh?.querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        const link = swap("cart-link", page);
        link?.classList.add("changed");
        const added = page.querySelector("[data-testid=added]");
        if (added && form.classList.contains("product-form")) {
          document.querySelector("[data-testid=added]")?.remove();
          document.querySelector("#product-problem")?.remove();
          form.before(document.adoptNode(added));
        }
        say(button);
        announce(`${button.dataset.done}. ${link?.getAttribute("aria-label") || ""}`);
      } catch {
        form.submit();
      } finally {
        delete form.dataset.sending;
      }
    });
  };

  // say shows for a moment that the button did its work; the button keeps its width.
  const say = (button) => {
    if (!button.dataset.done || button.dataset.saying) return;
    button.style.setProperty("min-width", `min(100%, ${button.offsetWidth}px)`);
    button.dataset.saying = "true";
    const words = [...button.childNodes];
    button.replaceChildren(button.dataset.done);
    setTimeout(() => {
      button.replaceChildren(...words);
      delete button.dataset.saying;
    }, 1600);
  };

  // The cart: changes go out by themselves, and the page behind comes back in place.
  const cartForm = (form) => {
    const post = async () => {
      const focused = document.activeElement?.id;
      const waiting = setTimeout(() => document.getElementById("cart")?.setAttribute("aria-busy", "true"), 300);
      try {
        const { response, page } = await send(form).finally(() => clearTimeout(waiting));
        if (!response.ok && response.status !== 422 && response.status !== 429) throw new Error(String(response.status));
        swap("cart-link", page);
        const fresh = swap("cart", page);
        if (!fresh) throw new Error("not the cart");
        enhance(fresh);
        const back = focused && document.getElementById(focused);
        if (back) back.focus();
        else if (!fresh.contains(document.activeElement)) document.getElementById("main").focus();
        const alert = fresh.querySelector("[role=alert], .error");
        announce(alert ? alert.textContent.trim() : fresh.querySelector(".total")?.textContent.trim());
      } catch {
        form.submit();
      }
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      post();
    });
    if (!("autosubmit" in form.dataset)) return;
    for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
    let timer;
    form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = setTimeout(() => form.reportValidity() && post(), 300);
    });
  };

  // Address: states of the chosen country only, and a postal code only where there is one.
  const address = (country) => {
    const state = document.getElementById("state");
    const stateBox = state?.closest(".field");
    const postal = document.getElementById("postal_code");
    const groups = state ? [...state.querySelectorAll("optgroup")] : [];
    const without = new Set((country.dataset.withoutPostalCode || "").split(" "));
    const follow = () => {
      let any = false;
      for (const group of groups) {
        const mine = group.dataset.country === country.value;
        any ||= mine;
        if (mine && !group.isConnected) state.append(group);
        if (!mine && group.isConnected) group.remove();
      }
      if (state) {
        stateBox.hidden = !any && !stateBox.classList.contains("invalid");
        state.disabled = !any;
        stateBox.querySelector(".hint")?.remove();
      }
      if (postal) {
        const needed = !without.has(country.value) || postal.required || postal.value !== "";
        postal.closest(".field").hidden = !needed && !postal.closest(".invalid");
        postal.closest(".field").querySelector(".hint")?.remove();
      }
    };
    country.addEventListener("change", () => {
      if (state) state.value = "";
      follow();
    });
    const fold = country.closest("details");
    fold?.addEventListener("toggle", () => {
      if (!fold.open || country.value !== "") return;
      country.value = country.dataset.home;
      follow();
    });
    follow();
  };

  // What the server found wrong with a field goes away once the field says something else that may be right; the server
  // judges again when the form is sent, and the summary stays until then.
  const forget = (box) => {
    const control = box.querySelector("[aria-invalid]") || box.querySelector("input");
    const error = box.querySelector(".error");
    if (!control || !error) return;
    const refused = control.value;
    const mayBeRight = () => {
      if (control.type === "radio") return Boolean(box.querySelector(":checked"));
      const limit = Number(control.dataset.limit);
      return control.value.trim() !== "" && control.value !== refused && control.checkValidity() && !(limit && [...control.value].length > limit);
    };
    const look = () => {
      if (!mayBeRight()) return;
      box.classList.remove("invalid");
      const rest = (control.getAttribute("aria-describedby") || "").split(" ").filter((id) => id && id !== error.id);
      if (rest.length > 0) control.setAttribute("aria-describedby", rest.join(" "));
      else control.removeAttribute("aria-describedby");
      control.removeAttribute("aria-invalid");
      if (box.getAttribute("aria-describedby") === error.id) box.removeAttribute("aria-describedby");
      error.remove();
      box.removeEventListener("input", look);
      box.removeEventListener("change", look);
    };
    box.addEventListener("input", look);
    box.addEventListener("change", look);
  };

  // A change of language or device must not lose what was typed: it waits in this tab's memory until the page is back.
  const half = "half-filled";
  const keepTyped = (form) => {
    const controls = () => [...form.elements].filter((e) => e.name && e.type !== "hidden" && e.type !== "submit");
    try {
      const kept = JSON.parse(sessionStorage.getItem(half) || "null");
      sessionStorage.removeItem(half);
      for (const control of kept ? controls() : []) {
        if (!Object.hasOwn(kept, control.name)) continue;
        if (control.type === "radio") control.checked = control.value === kept[control.name] && !control.disabled;
        else control.value = kept[control.name];
        if (control.type !== "radio" && control.value !== "" && control.closest("details")) control.closest("details").open = true;
        if (control.id === "country") control.dispatchEvent(new Event("change", { bubbles: true }));
      }
    } catch {
      // This browser keeps nothing: the page is as the server made it.
    }
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".languages a, .device-choice a")) return;
      const typed = {};
      for (const control of controls()) {
        if (control.type !== "radio" || control.checked) typed[control.name] = control.value;
      }
      try {
        sessionStorage.setItem(half, JSON.stringify(typed));
      } catch {
        // Nothing can be kept.
      }
    });
  };

  const copyLink = (box) => {
    const button = box.querySelector("button");
    const field = box.querySelector("input");
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy");
      }
      say(button);
      announce(button.dataset.done);
    });
    field.addEventListener("focus", () => field.select());
  };

  const printButton = (button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  };

  // An order's page follows the order: while it waits by a stream of events, or by asking when there is no stream; later by asking now and then.
  let stopFollowing = () => {};

  const follow = (order) => {
    stopFollowing();
    let offset = Number(order.dataset.now) - Date.now();
    let expires = Number(order.dataset.expiresAt) || 0;
    let swapping = false;
    let source;
    let poll;
    let tick;
    let warned = expires - (Date.now() + offset) < 60000;

    const clock = order.querySelector("[data-countdown]");
    const count = () => {
      if (!clock || !expires) return;
      const seconds = Math.max(0, Math.floor((expires - (Date.now() + offset)) / 1000));
      const two = (n) => String(n).padStart(2, "0");
      const h = Math.floor(seconds / 3600);
      const m = Math.floor((seconds % 3600) / 60);
      const time = h > 0 ? `${h}:${two(m)}:${two(seconds % 60)}` : `${m}:${two(seconds % 60)}`;
      clock.textContent = clock.dataset.template.replace("%s", time);
      if (seconds < 60 && !warned) {
        warned = true;
        announce(clock.dataset.warning);
      }
      if (seconds === 0) ask();
    };

    const refresh = async () => {
      if (swapping) return;
      swapping = true;
      try {
        const here = new URL(location.href);
        here.searchParams.delete("notice"); // it was about what the buyer did before
        const { response, page } = await fetchPage(here);
        const fresh = response.ok && swap("order", page);
        if (!fresh) return;
        stopFollowing();
        document.title = page.title;
        fresh.classList.add("swapped");
        enhance(fresh);
        const result = fresh.querySelector("[data-result]");
        const words = result || fresh.querySelector("[data-testid=live]") || fresh.querySelector("h1");
        announce(words?.textContent.trim());
        if (result) window.scrollTo({ top: 0 });
      } catch {
        // The next event or question tries again.
      } finally {
        swapping = false;
      }
    };

    const learn = (status) => {
      if (typeof status !== "object" || status === null) return;
      if (status.now) offset = status.now - Date.now();
      if (status.expires_at) expires = status.expires_at;
      if (
        status.status !== order.dataset.status ||
        (status.payment_status || "") !== order.dataset.paymentStatus ||
        (status.payment_processor || "") !== order.dataset.processor ||
        String(Boolean(status.scanned)) !== order.dataset.scanned
      ) {
        refresh();
      }
    };

    let lastAsked = 0;
    const ask = async () => {
      if (Date.now() - lastAsked < 1500) return;
      lastAsked = Date.now();
      try {
        const response = await fetch(order.dataset.poll, {
          credentials: "same-origin",
          headers: { Accept: "application/json" },
        });
        if (response.ok) learn(await response.json());
      } catch {
        // No connection at the moment.
      }
    };

    const startPolling = () => {
      if (!poll) poll = setInterval(ask, 3000);
    };
    const stopPolling = () => {
      clearInterval(poll);
      poll = undefined;
    };

    const listen = () => {
      if (!window.EventSource) {
        startPolling();
        return;
      }
      source = new EventSource(order.dataset.events);
      source.addEventListener("status", (event) => {
        stopPolling();
        try {
          learn(JSON.parse(event.data));
        } catch {
          ask();
        }
      });
      source.addEventListener("error", startPolling);
    };

    // What has ended may still change: a payment may come late, a refund later. For half an hour the page asks now and then.
    const lookAgain = () => {
      let left = 60;
      poll = setInterval(() => {
        if (document.visibilityState !== "visible") return;
        if (left-- > 0) ask();
        else stopPolling();
      }, 30000);
    };

    const onShow = () => {
      if (document.visibilityState === "visible") ask();
    };

    document.addEventListener("visibilitychange", onShow);
    stopFollowing = () => {
      source?.close();
      stopPolling();
      clearInterval(tick);
      document.removeEventListener("visibilitychange", onShow);
      stopFollowing = () => {};
    };
    if ("live" in order.dataset) {
      listen();
      tick = setInterval(count, 1000);
      count();
    } else lookAgain();
  };

  // enhance gives a part of the page its behaviour: the whole at first, and whatever is swapped in later.
  function enhance(root) {
    const each = (selector, work) => root.querySelectorAll(selector).forEach(work);
    each("form[data-once]", guardOnce);
    each("[data-stepper]", stepper);
    each("form[data-add]", addInPlace);
    each("form[data-autosubmit], form[data-swap]", cartForm);
    each("select[data-home]", address);
    each(".field.invalid, .wallets.invalid", forget);
    each("form[data-keep]", keepTyped);
    each("[data-copy]", copyLink);
    each("[data-print]", printButton);
    const order = root.id === "order" ? root : root.querySelector("#order");
    if (order && "poll" in order.dataset) follow(order);
  }

  enhance(document);

  // A phone-sized window shows the form first: the summary folds, its total stays in sight.
  const summary = document.querySelector("details.summary");
  if (summary && window.matchMedia("(max-width: 899px)").matches) summary.open = false;

  document.querySelector(".console-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const problems = document.querySelector(".error-summary[autofocus], .notice[autofocus], [data-first]");
  problems?.focus();

  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    releaseAll();
    const order = document.getElementById("order");
    if (order && "poll" in order.dataset) follow(order);
  });
  window.addEventListener("pagehide", () => stopFollowing());
})();
