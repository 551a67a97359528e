// doorward.js is what a page asks of its login host, and learns from it.
// Every request goes to /.doorward/ on the page's own origin.
// The types are in doorward.d.ts, the page in docs/doorward-js.md.
(() => {
  "use strict";
  if (globalThis.doorward?.session) return; // loaded twice

  const base = "/.doorward/";
  const retry = 2000, longest = 60000, skew = 5000, tooSlow = 30000; // ms

  class DoorwardError extends Error {
    constructor(code, message, status) {
      super(message);
      Object.assign(this, { name: "DoorwardError", code, status });
    }
  }
  const unreachable = (why, status) => new DoorwardError("unreachable", why, status);
  const notProved = why => new DoorwardError("not_proved", why);

  // read gets the session document, and the host's time in ms.
  async function read() {
    let answer, doc;
    try {
      answer = await fetch(base + "session", { credentials: "same-origin", cache: "no-store", redirect: "error", headers: { Accept: "application/json" } });
      doc = await answer.json();
    } catch (e) {
      throw unreachable(answer ? base + " does not lead to the login host" : "the login host cannot be reached", answer?.status);
    }
    if (!answer.ok) throw new DoorwardError(doc.code || "unreachable", doc.detail || "the login host refused", answer.status);
    return { doc, now: Date.parse(answer.headers.get("Date")) || Date.now() };
  }

  // proof is the first event of the stream: what the last sign-in proved.
  const proof = () => new Promise((resolve, reject) => {
    const source = new EventSource(base + "session/events");
    const end = (f, value) => { source.close(); clearTimeout(timer); f(value); };
    const timer = setTimeout(end, tooSlow, reject, unreachable("the login host sent no event"));
    source.addEventListener("session", e => end(resolve, parse(e)));
    source.onerror = () => end(reject, unreachable("the login host refused the events"));
  });
  const parse = e => ({ ...JSON.parse(e.data), id: e.lastEventId.split("-")[0] });

  const signIn = last => ({ timestamp: last.timestamp, securityLevels: last.securityLevels, proof: last.login });

  // held finds a held level in the tree, by its path.
  function held(tree, path) {
    let found;
    for (const name of path.split("/")) {
      found = tree.find(level => level.name === name);
      if (!found) return;
      tree = found.children || [];
    }
    return found;
  }

  // person is who signed in: user.id is what a mapper makes of it.
  function person({ authenticated, idp, user, idpAttributes }) {
    const { iss, sub = user.id } = idpAttributes.idTokenClaims ?? {};
    return authenticated ? JSON.stringify([idp, iss, sub]) : "";
  }
  const stamp = doc => doc.authenticated ? doc.user.timestamp : 0;

  // judge holds what the host says now against what was asked and what was
  // there before. Whatever said that the login is over proves nothing.
  async function judge(asked, before) {
    let doc, last;
    for (let tries = 0; !last; tries++) {
      ({ doc } = await read());
      if (!doc.authenticated) throw notProved("nobody is signed in");
      last = await proof();
      if (last.timestamp === doc.user.timestamp) break;
      if (tries > 3) throw unreachable("the session does not stand still");
      last = null; // a login came in between
    }
    const { level, acrValues, forceAuth, maxAge } = asked, login = last.login;
    const anew = last.timestamp > (before.timestamp || before.now - skew);
    const proved = anew && login.performed === true;
    const demanding = forceAuth || level !== undefined || acrValues !== undefined || maxAge !== undefined;
    if (demanding && before.person && before.person !== person(doc)) {
      throw new DoorwardError("person_mismatch", "someone else signed in");
    }
    if (forceAuth && !proved) throw notProved("the person was not proved anew");
    const since = anew ? login.requestedAt : before.now / 1000;
    if (maxAge !== undefined && !(login.authTime >= since - maxAge - skew / 1000)) throw notProved("the proof is too old");
    if (acrValues !== undefined && !acrValues.split(" ").some(value => meets(value, doc, login, proved))) {
      throw notProved("none of this is so: " + acrValues);
    }
    const has = level === undefined ? undefined : held(doc.securityLevels, level);
    if (level !== undefined && !has) throw new DoorwardError("level_not_held", "the level is not held: " + level);
    return { last, result: { session: doc, proof: login, level, until: has?.until, alreadyHeld: !proved } };
  }

  // meets: the value is a level that is held, what the provider said, or what a
  // new proof was asked for and judged by at the host.
  const meets = (value, doc, login, proved) =>
    held(doc.securityLevels, plain(value)) || login.acr === value || proved && !!login.acrValues?.includes(value);
  const plain = value => { try { return decodeURIComponent(value); } catch (e) { return value; } };

  const session = async () => (await read()).doc;

  // stepUp hands an application's challenge to the host: a response with status
  // 401, or the text of its WWW-Authenticate header (RFC 9470).
  const stepUp = async (challenge, options) => {
    const { acr_values: acrValues, max_age: maxAge } = challenged(challenge?.headers?.get("WWW-Authenticate") ?? challenge);
    const seconds = maxAge === undefined ? undefined : Number(maxAge);
    return ask({ ...options, acrValues: acrValues || undefined, maxAge: seconds, forceAuth: options?.forceAuth || !acrValues && !maxAge }, seconds !== undefined);
  };

  // challenged finds the step-up among the challenges of a header (RFC 9110,
  // section 11.6.1): a name without a value begins the next one.
  function challenged(header) {
    const part = /[\s,]*([\w!#$%&'*+.^`|~/-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~-]+))|=*)(?=[\s,]|$)/gy;
    const text = typeof header === "string" && header.length < 8192 ? header.trim() : "", found = [];
    let end = 0;
    for (let m; (m = part.exec(text)); end = part.lastIndex) {
      const [, name, quoted, token] = m, value = quoted?.replace(/\\(.)/g, "$1") ?? token;
      if (value === undefined) found.push({ scheme: name.toLowerCase() });
      else if (found.length) found.at(-1)[name.toLowerCase()] ??= value;
    }
    const mine = found.find(one => /^(bearer|dpop)$/.test(one.scheme) && one.error === "insufficient_user_authentication");
    if (!mine || end < text.length || !/^\d{1,10}$/.test(mine.max_age ?? 0)) throw new DoorwardError("no_challenge", "the answer asks for no step-up");
    return mine;
  }

  const known = ["level", "acrValues", "forceAuth", "maxAge", "idp", "loginHint", "mode", "returnTo", "signal", "timeout"];

  // login has three steps: what is there before, the person's own, and what the
  // host says after. The window opens first: browsers allow that only while the
  // person's click lasts.
  const login = (options = {}) => ask(options, false);

  // ask is login; what is refused says that what is there already is not enough.
  async function ask(options, refused) {
    const unknown = Object.keys(options).find(name => !known.includes(name));
    if (unknown) throw new TypeError("doorward.login has no option " + unknown); // a demand misspelt is no demand
    const { mode, signal, timeout = 600000 } = options;
    const asked = { level: options.level, acrValues: options.acrValues, forceAuth: !!options.forceAuth || options.maxAge === 0, maxAge: options.maxAge };
    const back = new URL(options.returnTo ?? location.href, location.href);
    if (back.origin !== location.origin) throw new DoorwardError("return_to_refused", "returnTo is on another origin");
    let popup = mode === "redirect" ? null : open("", "_blank", "popup,width=480,height=680");
    if (popup?.closed) popup = null;
    if (!popup && mode === "popup") throw new DoorwardError("popup_blocked", "the browser opened no window: call login from a click");
    try {
      const { doc, now } = await read();
      const before = { timestamp: stamp(doc), person: person(doc), now };
      const fits = options.idp === undefined || options.idp === doc.idp;
      if (doc.authenticated && !asked.forceAuth && !refused && fits && (asked.level === undefined || held(doc.securityLevels, asked.level))) {
        try { return (await judge(asked, before)).result; } catch (e) { if (e.code !== "not_proved") throw e; }
      }
      const start = {
        level: asked.level, acr_values: asked.acrValues, force_auth: asked.forceAuth || undefined, max_age: asked.maxAge, login_hint: options.loginHint,
        idp: options.idp ?? (doc.authenticated ? doc.idp : undefined),
      };
      if (popup) {
        const state = [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, "0")).join("");
        const over = finished(state, signal, timeout);
        if (popup.closed) over.cancel("popup_closed", "the window was closed");
        popup.location.replace(address({ ...start, display: "popup", state, return_to: back.pathname, fragment: "" }));
        await over.promise;
        const { last, result } = await judge(asked, before);
        arrived(last);
        return result;
      }
      if (signal?.aborted) throw new DoorwardError("aborted", "the login was given up");
      leaving = true;
      store("asked", { asked, before });
      location.assign(address({ ...start, return_to: back.pathname + back.search, fragment: fragment(back.hash) }));
      return new Promise(() => {}); // this page ends
    } finally {
      popup?.close(); // as long as the browser lets it be reached
    }
  }

  function address(query) {
    const defined = Object.entries(query).filter(([, value]) => value !== undefined);
    return base + "start?" + new URLSearchParams(defined);
  }

  // fragment is what the host carries: 512 bytes of what an address can have.
  const fragment = hash => /^#[!-[\]-~]{1,512}$/.test(hash) ? hash.slice(1) : "";

  // finished settles when the popup's last page says so. That the window looks
  // closed says nothing: the host's pages cut the tie to their opener.
  function finished(state, signal, timeout) {
    const channel = new BroadcastChannel("doorward");
    let cancel;
    const promise = new Promise((resolve, reject) => {
      cancel = (code, why) => reject(new DoorwardError(code, why));
      channel.onmessage = ({ data }) => {
        if (data?.type !== "finish" || data.state !== state) return;
        if (data.ok === true) return resolve();
        cancel(/^[a-z_]{1,64}$/.test(data.error) ? data.error : "login_failed", "the login did not succeed");
      };
    });
    const abort = () => cancel("aborted", "the login was given up");
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const timer = setTimeout(cancel, Math.min(timeout, 2 ** 31 - 1), "timeout", "the login took too long");
    const clean = () => { channel.close(); clearTimeout(timer); signal?.removeEventListener("abort", abort); };
    promise.then(clean, clean);
    return { promise, cancel };
  }

  function logout({ returnTo, everywhere } = {}) {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: base + "logout", hidden: true });
    const add = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    if (returnTo !== undefined) add("return_to", new URL(returnTo, location.href).href);
    if (everywhere) add("everywhere", "true");
    document.documentElement.append(form);
    form.submit();
  }

  // The events. One stream serves all listeners of the page. It is closed while
  // nobody listens or nobody looks, since browsers allow few connections; what
  // was missed shows when it opens again, by what this tab has seen.

  const listeners = { login: [], reauthenticated: [], levels: [], refreshed: [], logout: [], error: [] };
  const listening = () => Object.values(listeners).some(list => list.length > 0);
  let source, channel, timer, wait = retry, leaving = false, tree;

  function on(event, f) {
    if (!Object.keys(listeners).includes(event)) throw new TypeError("doorward has no event " + event);
    const one = data => f(data);
    listeners[event].push(one);
    watch();
    return () => {
      listeners[event] = listeners[event].filter(other => other !== one);
      if (!listening()) rest();
    };
  }

  function emit(event, data) {
    for (const f of listeners[event]) {
      try { f(data); } catch (e) { setTimeout(() => { throw e; }); } // it is the listener's, and stops no other
    }
  }

  function watch() {
    if (channel) return;
    channel = new BroadcastChannel("doorward");
    channel.onmessage = ({ data }) => /^(finish|changed)$/.test(data?.type) && look();
    document.addEventListener("visibilitychange", visible);
    addEventListener("pageshow", restored);
    look();
  }

  function rest() {
    shut();
    channel?.close();
    channel = undefined;
    document.removeEventListener("visibilitychange", visible);
    removeEventListener("pageshow", restored);
  }

  function shut() {
    source?.close();
    source = undefined;
    clearTimeout(timer);
  }

  const visible = () => document.hidden ? shut() : look();
  const restored = e => { if (e.persisted) { leaving = false; shut(); look(); } };

  // look opens the stream; hidden, for its first event alone.
  function look() {
    if (source || !listening()) return;
    clearTimeout(timer);
    const mine = source = new EventSource(base + "session/events");
    const hear = (event, f) => mine.addEventListener(event, e => source === mine && f(e));
    hear("session", e => { wait = retry; arrived(parse(e)); if (document.hidden) shut(); });
    for (const event of ["login", "reauthenticated"]) hear(event, e => { arrived(parse(e)); tell(); });
    hear("levels", e => grown(JSON.parse(e.data).securityLevels));
    hear("refreshed", e => { const last = parse(e); emit("refreshed", signIn(last)); grown(last.securityLevels); });
    hear("logout", () => { shut(); left(); tell(); });
    hear("error", () => mine.readyState === 2 && refused());
  }

  const tell = () => channel?.postMessage({ type: "changed" });

  // refused asks why: the stream's own refusal has no status that a page sees.
  async function refused() {
    shut();
    try {
      const { doc } = await read();
      if (!doc.authenticated) return left(); // until a login, or the person, comes back
      throw unreachable("the login host refused the events");
    } catch (e) {
      if (wait === 2 * retry) emit("error", e); // once, and not for a short break
      timer = setTimeout(look, wait * (1 + Math.random()));
      wait = Math.min(2 * wait, longest);
    }
  }

  // arrived compares the last sign-in with the one that this tab has seen.
  async function arrived(last) {
    const was = store("seen"), mine = leaving ? null : store("asked");
    store("seen", { id: last.id, timestamp: last.timestamp });
    let result;
    if (mine) {
      store("asked", null);
      try { ({ result, last } = await judge(mine.asked, mine.before)); } catch (e) { emit("error", e); }
    }
    const continued = was?.id === last.id;
    const changed = was ? !continued || was.timestamp !== last.timestamp : result;
    if (changed || result) {
      const event = { ...signIn(last), asked: result && mine.asked };
      const proved = result ? !result.alreadyHeld : continued && !mine && last.login.performed === true;
      if (!continued || !proved) emit("login", event);
      if (proved) emit("reauthenticated", event);
    }
    grown(last.securityLevels);
  }

  function grown(levels) {
    const was = tree;
    tree = JSON.stringify(levels);
    if (was !== undefined && was !== tree) emit("levels", { securityLevels: levels });
  }

  function left() {
    const was = store("seen"), mine = leaving ? null : store("asked");
    store("seen", { id: "", timestamp: 0 });
    tree = undefined;
    if (mine) {
      store("asked", null);
      emit("error", notProved("nobody is signed in"));
    }
    if (was?.id) emit("logout", {});
  }

  // store keeps a value for this tab; without one it gives what is kept. Where
  // the browser keeps nothing, neither does it.
  function store(name, ...value) {
    try {
      if (value.length === 0) return JSON.parse(sessionStorage.getItem("doorward." + name));
      sessionStorage.setItem("doorward." + name, JSON.stringify(value[0]));
    } catch (e) { return null; }
  }

  globalThis.doorward = Object.freeze({ session, login, stepUp, logout, on, DoorwardError });
})();
