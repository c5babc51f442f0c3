/* Keeps parts of a page fresh: an element with data-live-url is fetched again every
   data-live-seconds and shows the same template as the server drew at first: one element, of
   which only what changed is replaced. It stops at data-live-done, and says so when the
   session has ended or the panel does not answer. */
"use strict";

(function () {
    const REPLY_MS = 8000;
    const announcer = document.createElement("p");
    announcer.className = "visually-hidden";
    announcer.setAttribute("role", "status");
    document.body.append(announcer);

    function clock() {
        return new Date().toISOString().slice(11, 19) + " UTC";
    }

    function isBeingRead(part) {
        const selection = document.getSelection();
        const isSelected = !selection.isCollapsed && part.contains(selection.anchorNode);
        return isSelected || part.querySelector("details[open]") !== null;
    }

    function isAlike(old, fresh) {
        return old.cloneNode(false).isEqualNode(fresh.cloneNode(false));
    }

    /* Makes an element equal to a fresh one and leaves what did not change where it is,
       so that a button does not vanish between press and release. */
    function renew(old, fresh) {
        const news = [...fresh.childNodes];
        if (!isAlike(old, fresh)) {
            old.replaceWith(fresh);
        } else if (old.childNodes.length !== news.length) {
            old.replaceChildren(...news);
        } else {
            [...old.childNodes].forEach((child, place) => renew(child, news[place]));
        }
    }

    function show(part, html) {
        const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
        const fresh = document.createElement("template");
        fresh.innerHTML = html;
        renew(part.firstElementChild, fresh.content.firstElementChild);
        const again = focused && document.getElementById(focused);
        if (again) {
            again.focus({preventScroll: true});
        }
        const words = part.querySelector("[data-live-words]");
        if (words && announcer.textContent !== words.dataset.liveWords) {
            announcer.textContent = words.dataset.liveWords;
        }
    }

    /* Whether nobody objects: another script may put a part off, or show it by itself. */
    function ask(part, name, detail) {
        return part.dispatchEvent(new CustomEvent(name, {cancelable: true, detail}));
    }

    function isSaid(words) {
        const notices = document.querySelectorAll("[data-live-notice]");
        return [...notices].some((notice) => notice.dataset.liveNotice === words);
    }

    function say(part, words, href) {
        if (isSaid(words)) {
            return;
        }
        let notice = part.previousElementSibling;
        if (!notice || !notice.matches("[data-live-notice]")) {
            notice = document.createElement("p");
            notice.className = "notice notice-warning";
            notice.dataset.liveNotice = "";
            notice.setAttribute("role", "alert");
            part.before(notice);
        }
        notice.dataset.liveNotice = words;
        notice.textContent = words;
        if (href) {
            const link = document.createElement("a");
            link.href = href;
            link.textContent = "Open the page again";
            notice.append(" ", link, ".");
        }
    }

    function hush(part) {
        const notice = part.previousElementSibling;
        if (notice && notice.matches("[data-live-notice]")) {
            notice.remove();
        }
    }

    /* Fetches a part again; answers "shown", "failed" or "over". */
    async function refresh(part, shownAt) {
        let answer;
        try {
            const signal = AbortSignal.timeout(REPLY_MS);
            answer = await fetch(part.dataset.liveUrl, {redirect: "manual", signal});
        } catch {
            say(part, `The panel does not answer. What stands below is of ${shownAt}; trying again.`);
            return "failed";
        }
        if (answer.type === "opaqueredirect") {
            say(part, "Your session has ended, so this page stands still.", location.href);
            return "over";
        }
        if (answer.status >= 500) {
            say(part, `The panel fails to answer. What stands below is of ${shownAt}; trying again.`);
            return "failed";
        }
        if (!answer.ok) {
            say(part, "This page cannot be kept fresh: it is gone, or your rights changed.", location.href);
            return "over";
        }
        const html = await answer.text();
        if (ask(part, "live:answer", html)) {
            show(part, html);
        }
        hush(part);
        return isDone(part) ? "over" : "shown";
    }

    function isDone(part) {
        return part.querySelector("[data-live-done]") !== null;
    }

    function watch(part) {
        const pause = Number(part.dataset.liveSeconds) * 1000;
        let shownAt = clock();
        async function tick() {
            let result = "waiting";
            if (!document.hidden && !isBeingRead(part) && ask(part, "live:ask")) {
                result = await refresh(part, shownAt);
            }
            if (result === "shown") {
                shownAt = clock();
            }
            if (result !== "over") {
                setTimeout(tick, pause);
            }
        }
        if (!isDone(part)) {
            setTimeout(tick, pause);
        }
    }

    document.querySelectorAll("[data-live-url]").forEach(watch);
})();
