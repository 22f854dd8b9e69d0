//! Pages of pictures.

use crate::common::{cdnow, ok, refused, words};
use crate::{ANNA, CALL, CDNOW, purchase, shop};
use serde_json::Value;
use std::fs;

/// The pictures of a run say what its summary says.
#[test]
fn a_run_has_a_page_of_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (page, output) = (folder.path().join("run.html"), folder.path().join("output"));
    let call = format!("simulate {CDNOW} --until 1998-07-01 --summary json --html");
    let mut args = words(&call);
    args.extend([page.to_str().unwrap(), "--output", output.to_str().unwrap()]);
    let summary: Value = serde_json::from_str(&ok(&cdnow(), &args)).unwrap();
    let html = fs::read_to_string(page).unwrap();
    assert!(html.len() < 500_000, "{}", html.len());
    let recency = &summary["lifecycles"][0];
    let last = recency["periods"].as_array().unwrap().last().unwrap();
    for stage in last["stages"].as_array().unwrap() {
        let stock = grouped(stage["stock"].as_u64().unwrap());
        assert!(html.contains(&format!(">{stock}</text>")), "{stock}");
        assert!(
            html.contains(&format!("<td class=\"num\">{stock}</td>")),
            "{stock}"
        );
    }
    for of in recency["moves"].as_array().unwrap() {
        let count = grouped(of["count"].as_u64().unwrap());
        assert!(
            html.contains(&format!("<td class=\"num\">{count}</td>")),
            "{of}"
        );
    }
    for text in [
        "A run of lifecycle.toml, from 1 Jan 1997 to 1 Jul 1998",
        "winback: send winback (email)",
        "farewell: call crm.task",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

fn grouped(n: u64) -> String {
    if n < 1000 {
        return n.to_string();
    }
    format!("{},{:03}", grouped(n / 1000), n % 1000)
}

#[test]
fn a_page_is_put_in_place_whole_or_not_at_all() {
    let events = purchase("anna", "2026-01-05T10:00:00Z");
    let place = shop(&events);
    fs::write(place.path().join("page.html"), "what was there").unwrap();
    fs::write(place.path().join("profiles.ndjson"), ANNA).unwrap();
    let call = format!(
        "{CALL} --profiles profiles.ndjson --until 2026-03-01 --output out --html page.html"
    );
    // A line that cannot be read: nothing is replaced.
    fs::write(place.path().join("events.ndjson"), events.clone() + "{\n").unwrap();
    refused(place.path(), &words(&call));
    let page = || fs::read_to_string(place.path().join("page.html")).unwrap();
    assert_eq!(page(), "what was there");
    fs::write(place.path().join("events.ndjson"), &events).unwrap();
    ok(place.path(), &words(&call));
    let first = page();
    assert!(first.contains("Lifecycle recency") && first.contains("winback: send winback (email)"));
    ok(place.path(), &words(&call));
    assert_eq!(page(), first, "the same run gives the same page");
    let err = refused(
        place.path(),
        &words(&call.replace("page.html", "nowhere/page.html")),
    );
    assert!(
        err.contains("nowhere/page.html: cannot be written"),
        "{err}"
    );
}
