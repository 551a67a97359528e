// What a Doorward is made of, and what is wrong with it.
/** Throws a TypeError that says what to change. */
export function settingsOf(config) {
    if (typeof config.name !== "string" || config.name === "") {
        throw new TypeError("name is empty: write the application's name of the host's configuration");
    }
    const leeway = config.leeway ?? 5;
    if (!(leeway >= 0 && leeway <= 60))
        throw new TypeError("leeway is not 0 to 60 seconds");
    return {
        host: originOf("host", config.host, true),
        name: config.name,
        origin: config.origin === undefined ? "" : originOf("origin", config.origin, true),
        secret: config.secret ?? "",
        direct: config.direct === undefined ? "" : originOf("direct", config.direct, false),
        leeway,
        fetch: config.fetch ?? fetch,
        now: config.now ?? Date.now,
        log: config.log ?? (() => undefined),
        refuse: config.refuse,
    };
}
function originOf(name, text, secure) {
    let url;
    try {
        url = new URL(text);
    }
    catch {
        throw new TypeError(`${name} is no origin: write https://HOST without a path`);
    }
    if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "" || (url.protocol !== "https:" && url.protocol !== "http:")) {
        throw new TypeError(`${name} is no origin: write https://HOST without a path`);
    }
    if (secure && url.protocol === "http:" && !/^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
        throw new TypeError(`${name} must be https: plain http is for loopback addresses only`);
    }
    return url.origin;
}
