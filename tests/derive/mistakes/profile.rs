use segue::Profile;

#[derive(Profile)]
#[segue(renameall = "camelCase", rename_all = "Camel")]
struct Unspellable {
    #[segue(id, rename = "number")]
    number: u64,
    #[segue(decimal = 12)]
    credit: i64,
    #[segue(decimal)]
    debit: i64,
    #[segue(colour = "red", yearly = true, rename)]
    birthday: segue::Date,
    #[segue(rename = "credit")]
    also: i64,
    now: bool,
    #[segue(rename = "")]
    nameless: bool,
    #[segue(rename = "a`b")]
    ticked: bool,
    #[segue(yearly, version, decimal = 2)]
    everything: bool,
    #[segue(nested, version, flatten)]
    part: (),
}

#[derive(Profile)]
struct Anonymous {
    age: u8,
}

#[derive(Profile)]
struct Twice {
    #[segue(id)]
    one: u64,
    #[segue(id, id)]
    two: u64,
    #[segue(skip, events)]
    events: Vec<segue::profile::NoEvent>,
}

#[derive(Profile)]
struct Borrowed<'a> {
    id: &'a str,
}

#[derive(Profile)]
struct Positional(u64);

#[derive(Profile)]
enum Choice {
    One,
}

fn main() {}
