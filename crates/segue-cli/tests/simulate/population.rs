//! Real customers: what `simulate` says of them is what `eval` says.

use crate::common::{cdnow, golden, ok, packed, run, unpacked, words};
use crate::{CDNOW, lines};
use serde_json::Value;
use std::fs;

/// A year and a half of real customers: at the end of every month each stage has as many members as `segue eval` finds
/// for the same condition.
#[test]
fn stages_have_the_members_that_eval_finds() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch
        .path()
        .join("out.ndjson")
        .to_string_lossy()
        .into_owned();
    let end = "1998-06-30T23:59:59.999999Z";
    let call = format!("simulate {CDNOW} --until {end} --summary json");
    let summary = ok(
        &cdnow(),
        &[&words(&call)[..], &["--output", &output]].concat(),
    );
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        (&summary["events"]["taken"], &summary["profiles"]),
        (&18224.into(), &6041.into())
    );
    let months = summary["lifecycles"][0]["periods"].as_array().unwrap();
    assert_eq!(months.len(), 18);
    for (at, month) in months.iter().enumerate() {
        let next = months
            .get(at + 1)
            .map_or("1998-07-01T00:00:00Z", |m| m["from"].as_str().unwrap());
        let now = segue::Instant::from_micros(next.parse::<segue::Instant>().unwrap().micros() - 1)
            .to_string();
        let stages = "--segment active --segment sleeping --segment lost";
        let call = format!("eval {CDNOW} {stages} --format count --now {now}");
        let found = ok(&cdnow(), &words(&call));
        let stock = |place: usize| {
            (
                month["stages"][place]["stage"].as_str().unwrap(),
                month["stages"][place]["stock"].as_u64().unwrap(),
            )
        };
        let told: String = (0..3)
            .map(|i| format!("{}\t{}\n", stock(i).0, stock(i).1))
            .collect();
        assert_eq!(told, found, "at {now}");
    }
    // Effects: nothing in quiet hours, nobody twice in half a year.
    let told = lines(&fs::read_to_string(&output).unwrap());
    let sent: Vec<&Value> = told.iter().filter(|v| v["do"] == "send").collect();
    assert!(sent.len() > 1000);
    // Until eight, or until a cap's hundred and eighty days after an eight o'clock are over, which takes a microsecond more.
    let at_eight = |v: &&Value| {
        v["at"]
            .as_str()
            .unwrap()
            .split_once('T')
            .unwrap()
            .1
            .starts_with("08:00:00")
    };
    assert!(sent.iter().all(at_eight), "everybody waits until eight");
    let mut keys: Vec<&str> = told.iter().filter_map(|v| v["key"].as_str()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "no key comes twice");
}

#[test]
fn the_summary_is_a_page() {
    let call = format!("simulate {CDNOW} --until 1998-07-01 --only entered");
    let ran = run(&cdnow(), &words(&call));
    assert_eq!(ran.code, 0, "{}", ran.err);
    golden("cdnow-summary.txt", &ran.err);
}

#[test]
fn two_runs_are_the_same_and_a_run_may_be_cut_in_two() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_string_lossy().into_owned();
    let state = path("state.json");
    let quiet = "--only entered,left,moved,effect,held --summary none";
    let all = format!("simulate {CDNOW} {quiet} --until 1998-07-01");
    let whole = ok(&cdnow(), &words(&all));
    assert_eq!(whole, ok(&cdnow(), &words(&all)));
    let half = format!("simulate {CDNOW} {quiet} --until 1997-10-04");
    let first = ok(&cdnow(), &[&words(&half)[..], &["--save", &state]].concat());
    let rest: String = unpacked(&cdnow().join("events.ndjson.gz"))
        .lines()
        .filter(|line| {
            serde_json::from_str::<Value>(line).unwrap()["at"]
                .as_str()
                .unwrap()
                > "1997-10-04T00:00:00Z"
        })
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(path("rest.ndjson.gz"), packed(&rest)).unwrap();
    let rest = path("rest.ndjson.gz");
    let call = format!("simulate --rules lifecycle.toml {quiet} --until 1998-07-01");
    let on = |events: &str| {
        let files = ["--events", events, "--restore", &state];
        ok(&cdnow(), &[&words(&call)[..], &files].concat())
    };
    let second = on(&rest);
    assert!(!first.is_empty() && !second.is_empty());
    // What was there already changes nothing.
    assert!(second == on("events.ndjson.gz"));
    assert!(whole == first + &second);
}

fn lines_of_no_order(text: &str) -> Vec<String> {
    let without = |mut line: Value| {
        let fields = line.as_object_mut().unwrap();
        fields.remove("cause");
        fields.remove("sequence");
        line.to_string()
    };
    lines(text).into_iter().map(without).collect()
}

/// Every fourth purchase is heard of two weeks late: in the end everybody stands where they stand without that.
#[test]
fn late_events_end_in_the_same_stages() {
    let events = unpacked(&cdnow().join("events.ndjson.gz"));
    let day = |line: &str| {
        let at = line
            .split("\"at\":\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        at.parse::<segue::Instant>().unwrap().micros()
    };
    let mut delayed: Vec<(i64, &str)> = (events.lines().enumerate())
        .map(|(place, line)| {
            (
                day(line)
                    + if place % 4 == 0 {
                        14 * 86_400_000_000
                    } else {
                        0
                    },
                line,
            )
        })
        .collect();
    delayed.sort();
    let folder = tempfile::tempdir().unwrap();
    let late: String = delayed
        .iter()
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    fs::write(folder.path().join("late.ndjson"), late).unwrap();
    let late = folder
        .path()
        .join("late.ndjson")
        .to_string_lossy()
        .into_owned();
    let out = folder
        .path()
        .join("out.ndjson")
        .to_string_lossy()
        .into_owned();
    let summary = |events: &[&str]| {
        let dates = words("--from 1997-01-01 --until 1998-07-15");
        let args = words("simulate --rules lifecycle.toml --summary json --output");
        let json = ok(&cdnow(), &[&args[..], &[&out], &dates, events].concat());
        serde_json::from_str::<Value>(&json).unwrap()
    };
    let stock = |summary: &Value| -> Vec<u64> {
        let last = summary["lifecycles"][0]["periods"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        last["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["stock"].as_u64().unwrap())
            .collect()
    };
    let in_time = summary(&["--events", "events.ndjson.gz"]);
    let told_in_time = fs::read_to_string(&out).unwrap();
    let late_ones = summary(&["--events", &late, "--lateness", "14 days"]);
    assert!(
        late_ones["events"]["late"].as_u64().unwrap() > 3000,
        "{}",
        late_ones["events"]
    );
    assert_eq!(stock(&late_ones), stock(&in_time));
    // Put in order first, they are told as if they had never been late.
    let sorted = summary(&["--events", &late, "--sort"]);
    assert_eq!(sorted["lifecycles"], in_time["lifecycles"]);
    // Which of two purchases of one day comes first is for the files to say.
    let ordered = |text: &str| {
        let mut told = lines_of_no_order(text);
        told.sort();
        told
    };
    assert!(ordered(&fs::read_to_string(&out).unwrap()) == ordered(&told_in_time));
}
