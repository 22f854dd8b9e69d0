//! Who comes in, and who comes in again.

use super::{DRIP, SHOP, Shop, same};

fn weekly(again: &str) -> String {
    format!(
        "[journeys.weekly]\non = \"subscribed\"\n{again}\nexit = \"purchased since entered\"\nsteps = [{{ name = \"week\", wait = \"7 days\", do = [{{ send = \"letter_1\" }}] }}]\n"
    )
}

/// Who is let in, at which of these days of March.
fn entries(again: &str, days: &[u32]) -> Vec<String> {
    let mut shop = Shop::with(&weekly(again));
    for day in days {
        shop.does("anna", "subscribed", &format!("2026-03-{day:02}T10:00:00Z"));
    }
    let mut told = shop.told();
    told.retain(|line| line.contains("entered") || line.contains("held entry"));
    told.iter()
        .map(|line| line[8..10].to_owned() + line.rsplit(' ').next().unwrap())
        .collect()
}

/// Elsewhere two runs of one profile went on side by side. On the ninth it is done after the event.
#[test]
fn nobody_is_in_a_journey_twice() {
    assert_eq!(
        entries("", &[2, 5, 9, 10]),
        ["02entered", "05in_journey", "09in_journey", "10entered"]
    );
}

#[test]
fn again_counts_from_entering_or_from_leaving() {
    assert_eq!(
        entries("again = \"once\"", &[2, 12]),
        ["02entered", "12again"]
    );
    assert_eq!(
        entries("again = \"after 12 days\"", &[2, 13, 14]),
        ["02entered", "13again", "14entered"]
    );
    assert_eq!(
        entries("again = \"12 days after leaving\"", &[2, 14, 20, 21]),
        ["02entered", "14again", "20again", "21entered"]
    );
}

const SEGMENT: &str = r#"
[segments]
keen = "viewed"
[journeys.keen]
on = "enter segment keen"
enrol = "ENROL"
steps = [{ name = "wait", wait = "1 day", do = [{ send = "letter_1" }] }]
"#;

/// Elsewhere those who were members already when the campaign was published were never let in, or all were without having been
/// asked for.
#[test]
fn members_of_the_first_day_are_let_in_where_the_journey_says_so() {
    for (enrol, wanted) in [
        ("newcomers", "2026-03-10T00:00:00Z outside -> wait: entered"),
        (
            "everybody",
            "2026-03-05T00:00:00Z outside -> wait: entered
             2026-03-06T00:00:00Z send letter_1 in wait
             2026-03-06T00:00:00Z wait -> outside: done
             2026-03-10T00:00:00Z outside -> wait: entered",
        ),
    ] {
        let source = format!("{SHOP}{}", SEGMENT.replace("ENROL", enrol));
        let (before, _) = source.split_once("[journeys.keen]").unwrap();
        let mut shop = Shop::with(before.strip_prefix(SHOP).unwrap());
        shop.does("anna", "viewed", "2026-03-02T00:00:00Z");
        shop.until("2026-03-05T00:00:00Z");
        shop.restored(&source);
        // Under the same rules again, nobody is new.
        shop.restored(&source);
        shop.until("2026-03-09T00:00:00Z");
        shop.restored(&source);
        shop.does("bruno", "viewed", "2026-03-10T00:00:00Z");
        same(&shop.told(), wanted);
    }
}

/// Whoever would leave at once does not come in.
#[test]
fn an_exit_that_holds_already_lets_nobody_in() {
    let mut shop = Shop::with(
        "[journeys.letters]\non = \"subscribed\"\nexit = \"not consent.email\"\nsteps = [{ name = \"first\", wait = \"1 day\", do = [{ send = \"letter_1\" }] }]\n",
    );
    shop.does("anna", "subscribed", "2026-03-02T10:00:00Z");
    shop.set("bruno", "consent.email", true, "2026-03-02T11:00:00Z");
    shop.does("bruno", "subscribed", "2026-03-02T12:00:00Z");
    shop.set("bruno", "consent.email", false, "2026-03-02T13:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T10:00:00Z held entry: journey_over
         2026-03-02T12:00:00Z outside -> first: entered
         2026-03-02T13:00:00Z first -> outside: exit",
    );
}

/// A late event lets in at its instant, and what should have been done since is done now.
#[test]
fn a_late_entry_counts_from_its_instant() {
    let mut shop = Shop::with(DRIP).late_by_up_to("30 days");
    shop.until("2026-03-07T00:00:00Z");
    shop.does("anna", "subscribed", "2026-03-02T15:00:00Z");
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-07T00:00:00Z outside -> first: entered
         2026-03-07T00:00:00Z send letter_1 in first
         2026-03-07T00:00:00Z first -> second: done
         2026-03-09T09:00:00Z send letter_2 in second
         2026-03-09T09:00:00Z second -> third: done
         2026-03-11T09:00:00Z send letter_3 in third
         2026-03-11T09:00:00Z third -> outside: done",
    );
}

/// A row that is read anew lets in once.
#[test]
fn a_row_that_is_new_is_let_in_once() {
    let rules = SEGMENT
        .replace("ENROL", "everybody")
        .replace("viewed\"", "status = \\\"new\\\"\"");
    let mut shop = Shop::with(&rules);
    let row = segue::profile::Record::builder(shop.rulebook.schema(), "anna");
    let row = row.set("status", "new").build().unwrap();
    let _ = shop
        .engine
        .upsert(row, super::t("2026-03-02T00:00:00Z"), &mut shop.out);
    shop.until("2026-03-31T00:00:00Z");
    same(
        &shop.told(),
        "2026-03-02T00:00:00Z outside -> wait: entered
         2026-03-03T00:00:00Z send letter_1 in wait
         2026-03-03T00:00:00Z wait -> outside: done",
    );
}
