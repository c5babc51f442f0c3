/* Keeps the rows of a list fresh, for a part that live.js fetches. Cells change in place, so
   that ticking and its buttons go on working. Rows that came or went wait for a reload, and
   nothing moves while a row is ticked or has the focus. A list without rows is opened again as
   soon as there are some, unless something on the page has the focus. */
"use strict";

(function () {
    const CHANGING_WORDS = ["#found", ".actions .all", ".actions .question a"];

    function rowsIn(page) {
        const rows = [...page.querySelectorAll("#result_list tbody tr")];
        return new Map(rows.map((row) => [row.querySelector("th a").pathname, row]));
    }

    function isInUse(part) {
        const isTicked = part.querySelector("#result_list :checked") !== null;
        const body = part.querySelector("tbody");
        return isTicked || (body !== null && body.contains(document.activeElement));
    }

    function renewRow(row, fresh) {
        [...row.cells].forEach((cell, place) => {
            const news = fresh.cells[place].innerHTML;
            if (!cell.matches(".action-checkbox") && cell.innerHTML !== news) {
                cell.innerHTML = news;
            }
        });
    }

    function renewWords(fresh) {
        for (const place of CHANGING_WORDS) {
            const [words, news] = [document, fresh].map((page) => page.querySelector(place));
            if (words && news) {
                words.innerHTML = news.innerHTML;
            }
        }
    }

    function tellOfReload(came, went) {
        const words = `, ${came} came and ${went} went (in italics): `;
        document.querySelector("#found").append(words, reloadLink());
    }

    function showFirst(part, count) {
        if (!count) {
            return;
        }
        if (document.activeElement === document.body) {
            location.reload();
        } else {
            part.textContent = count === 1 ? "1 job is here by now: " : `${count} jobs are here by now: `;
            part.append(reloadLink());
        }
    }

    function reloadLink() {
        const link = document.createElement("a");
        link.href = location.pathname + location.search;
        link.textContent = "reload";
        return link;
    }

    function show(part, html) {
        const fresh = new DOMParser().parseFromString(html, "text/html");
        const [rows, news] = [rowsIn(part), rowsIn(fresh)];
        if (!part.querySelector("#result_list")) {
            showFirst(part, news.size);
            return;
        }
        for (const [job, row] of rows) {
            row.classList.toggle("gone", !news.has(job));
            if (news.has(job)) {
                renewRow(row, news.get(job));
            }
        }
        renewWords(fresh);
        const came = [...news.keys()].filter((job) => !rows.has(job)).length;
        const went = [...rows.keys()].filter((job) => !news.has(job)).length;
        if (came || went) {
            tellOfReload(came, went);
        }
    }

    document.querySelectorAll("[data-live-rows]").forEach((part) => {
        part.addEventListener("live:ask", (event) => {
            if (isInUse(part)) {
                event.preventDefault();
            }
        });
        part.addEventListener("live:answer", (event) => {
            event.preventDefault();
            if (!isInUse(part)) {
                show(part, event.detail);
            }
        });
    });
})();
