//! Every form of the language parses, prints as expected and parses back.

use segue::syntax::{Expr, ExprKind, format, parse};

/// Parses a text and checks that its canonical spelling means the same.
pub(crate) fn round_trip(text: &str) -> String {
    let expr = read(text);
    let printed = format(&expr);
    let again = read(&printed);
    assert_eq!(again, expr, "`{text}` became `{printed}`");
    assert_eq!(format(&again), printed);
    assert_eq!(read(&expr.to_string()), expr);
    super::json::survives(&expr);
    printed
}

fn read(text: &str) -> Expr {
    parse(text).unwrap_or_else(|errors| {
        panic!(
            "{}",
            errors
                .iter()
                .map(|e| e.render(text, None))
                .collect::<String>()
        )
    })
}

/// Spellings that are canonical already.
const CANONICAL: &str = r#"
a
年龄 > 50 and 浏览("抗衰老")
عمر > 50
`and` = 1
`two words`.`a``b` = 1
consent.email
true or false
not a
not not a
not (a and b)
a or b and not c
(a or b) and c
a = b
a != b
a < 1
a <= 1
a > 1
a >= 1
a = "x" ignoring case
a != "x" ignoring case
a between 1 and 2
a not between 1 and 2
a in (1, 2)
a not in (1, 2) 
a in ("x") ignoring case
a contains "x"
a not contains "x" ignoring case
a contains any of ("x", "y")
a contains all of ("x")
a not contains none of ("x", "y")
a contains (any of (b, c).d)
a starts with "x"
a not starts with "x" ignoring case
a ends with "x"
a like "x%"
a matches "^x"
a exists
a is missing
a is empty
a is not empty
home within 5 km of (48.85, 2.35)
home within 500 m of (a, -b)
home within 3.5 miles of (1, 2)
home within (30 days) km of (1, 2)
home within (30 days ago.x) km of (1, 2)
in segment vip
not in segment vip
not (in segment vip)
not not in segment vip
in any segment of (a, b)
in any segment
in every segment of (a)
in no segment of (a, b)
in no segment
not in no segment
in segment in
in sample(10%, "salt")
not in sample(2.5%, "salt")
tagged
tagged "a/b"
tagged any of ("a", "b")
tagged all of ("a")
tagged none of ("a", "b")
entered segment vip within 7 days
left segment `and` within 1 year
in stage for more than 3 days
in stage decision
not in stage decision of interest for "tv"
in stage of interest for "tv" for more than 3 days
in stage decision of interest for at least 3 days
in stage `for` of of
ever in stage decision
ever in stage decision of interest for "tv"
entered stage decision within 7 days
left stage decision of interest for "tv" within 7 days
stage of interest for "tv" = decision
stage of `life cycle` is missing
stage of interest in (decision, loyalty)
lead segment = vip
lead segment in (vip, `new customers`) and lead segment exists
persona = gift_buyer
fit of gift_buyer >= 3
level of points >= silver
level of `my points` is missing
points expiring within 30 days >= 100
`my points` expiring within 1 month > 0
earned points within 2 weeks + 1 < 10
earned `my points` within 30 days as of 3 days ago > 5
fit of `gift buyer` > fit of technician
ever in (1, 2)
not in stage for less than 3 days
purchased at least 1 time per 3 days in 2 of last 3 periods
purchased exactly 2 times per 1.5 hours in 1 of last 1 periods within 30 days
birthday in next 7 days
birthday today
birthday tomorrow
renewal yesterday
birthday in 2 days
anniversary of signup in 1 month
anniversary of signup today
anniversary of birthday during next month
anniversary of birthday during last 3 weeks
anniversary of birthday during tomorrow
signup in last 30 days
anniversary of birthday in next 1 month
plan was "pro"
plan was not "pro" within 90 days
plan was in ("pro", "team") since 2024-01-01
plan was in
plan changed
plan changed to "pro"
plan changed from "free"
plan changed from "free" to "pro" within 7 days before now
plan = "pro" for more than 7 days
plan in ("a", "b") for at least 1 week
vip for less than 36.5 hours
not in segment vip for more than 7 days
viewed within 30 days
viewed("tv") within 30 days
viewed since 2024-02-29
viewed before 6 months ago
viewed after 30 days from now
viewed between 60 days ago and 30 days ago
viewed on 2024-02-29
viewed on today
viewed within 30 days after first(purchased).at
viewed within 30 days before 2024-02-29T10:00:00Z
viewed within last 30 days before yesterday
birthday within next 30 days
viewed since 180 days ago before 90 days ago
viewed between a and b on c
viewed during today
viewed during yesterday
viewed during tomorrow
viewed during this week
viewed during last month
viewed during next quarter
viewed during last 3 months
viewed during next 1 year
viewed during last 1 day
purchased at least 3 times
purchased at most 1 time within 30 days
purchased more than 3 times
purchased fewer than 3 times
purchased exactly 0 times
purchased between 2 and 5 times since 2024-01-01
purchased at least 3 times between a and b
purchased as p at least 3 times
(a = b) at least 3 times
purchased at least 2 times per month in 3 of last 6 months
purchased("tv") exactly 1 time per day in 3 of last 6 days within 1 year
purchased as p
purchased as p within 30 days
(purchased within 30 days) as p
(purchased within 30 days) since p
viewed within 30 days then purchased within 7 days
a then b
a then no b within 1 hour
a then b between 1 day and 8 days then c
a then b within last 7 days within 3 days
a then b within 7 days after x within 3 days
a then b as c since x within 7 days
a then (b or c)
a then b at least 3 times within last 3 days within 3 days
a then b = 3 then c exists for more than 1 day
a then (b = 3) within 3 days
rfm as of 30 days ago = champion and rfm != champion
count(purchased within 30 days) as of 1 month ago < count(purchased within 30 days)
(rfm = champion or a) as of 2 quarters ago
in segment vip as of 30 days ago and not in segment vip
not in stage lost of habit as of 1 year ago
tagged as of 3 days ago or tagged "vip" as of 1.5 hours ago
all accounts(plan = pro) as of 30 days ago
(a as of 1 day ago).at = (a as of 1 day ago) as of 1 day ago
(-a) as of 3 days ago = - b as of 3 days ago
a as of 3 days ago for more than 3 days
last(purchased as of).at > last(purchased).at as of 2 days ago
as as of 2 days ago
a then b within last 3 days for more than 1 day
a then (b between 1 day and 2 days)
(a then b) then c
a then `no`
not a then b
a then b and c
a then b then c all within 7 days
a then b with no c(x = 1) in between
a then no b within 1 hour then c with no any of (d, e) in between all within 1 month
(a then b all within 7 days) then c
a(not b before at)
a(not b(x = c.x) within 7 days after at) as c within 30 days
count(a(not b(x = c.x)) as c) >= 2
sum(a(b within 1 day before at).x as c within 30 days)
any event
any event within 30 days
any event(amount > 3)
home between (45.40, 9.04) and (45.54, 9.28)
home not between (-17, 177.50) and (-16.0, -179.5) or a
viewed then (home between (1, 2) and (3, 4)) within 3 days
any of (viewed, purchased)
any of (viewed, purchased)(category = "tv") within 3 days
any of (campaign_*, viewed) at least 2 times
count(any of (`2fa `*, `not`*, `page_*`, in*)) * 2 > 3
count(any event) > 3
count(purchased) >= 3
count(purchased within 12 months) >= 6
sum(purchased("tv").amount within 90 days) > 200
avg(purchased.amount) < 1.50
min(a.b) + max(a.b) > distinct(a.b)
first(purchased).at < last(purchased).at
top(purchased.category) = "tv"
median(purchased.amount) < percentile(purchased.amount within 30 days, 90)
`count`(a)
count.last = first
lower(name) = upper(name)
length(name) + abs(x) + round(x, 2) > path(url).b
host(url) = "x"
purchased("tv", amount > 20)
purchased(category = "tv" and amount > 20)
purchased(a or b)
purchased("tv").amount > 3
(a).b = now.hour
today.weekday.x = "x".y
1 + 2 - 3 * 4 / 5 = (1 + 2) * 3
a - (b - c) = a / (b / c)
a - -b = - -c
a - - - -b
-a * -3 = -(a * b)
now - 30 days > tomorrow
30 days > 1.5 hours
1 second = 2 minutes
1 quarter = 2 years
40.00 = 0.5
10% < 2.50%
2024-02-29T10:00:00Z = 2024-02-29T10:00:00.123456Z
"quote \" slash \\ line \n tab \t nul \u{0} rtl \u{202e}" = "'"
within = 1 and between = 2 and stage = decision
in in (in, in)
exists exists
left = right and entered(x)
order and notified and android or inn or within_x
_ and _x
"#;

#[test]
fn canonical_spellings_stay_as_they_are() {
    for line in CANONICAL
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        assert_eq!(round_trip(line), line);
    }
}

/// Other spellings and what they become.
const OTHERS: &str = r#"
((age>50))and(b)  =>  age > 50 and b
(a and b) and c  =>  a and b and c
a or (b or (c))  =>  a or b or c
a in (1)  =>  a in (1)
a contains any of (b)  =>  a contains b
any of( campaign_ *,`app_`* )  =>  any of (campaign_*, app_*)
home between(45.4,- 9)and( 45.5 ,9 )  =>  home between (45.4, -9) and (45.5, 9)
home between (45) and (46)  =>  home between 45 and 46
(in segment vip) as of 3 days ago  =>  in segment vip as of 3 days ago
(rfm)as of 1 days ago=a  =>  rfm as of 1 day ago = a
in any segment of (vip)  =>  in segment vip
plan was in ("pro")  =>  plan was "pro"
purchased within 30 days at least 3 times  =>  purchased at least 3 times within 30 days
purchased within 30 days as p  =>  purchased as p within 30 days
purchased at least once  =>  purchased at least 1 time
purchased exactly twice since x  =>  purchased exactly 2 times since x
a then b within 7 days since x as c  =>  a then b as c since x within 7 days
a within last 3 days  =>  a within 3 days
viewed during last day  =>  viewed during yesterday
1 days  =>  1 day
30 day  =>  30 days
007.50  =>  7.50
2024-02-29T10:00:00+02:00  =>  2024-02-29T08:00:00Z
2024-02-29T10:00:00.120Z  =>  2024-02-29T10:00:00.12Z
`plain`  =>  plain
"\u{e9}"  =>  "é"
a　=　1  =>  a = 1
e\u{301} = 1  =>  é = 1
a - - 3  =>  a - -3
- - a  =>  - -a
home within 1 mile of (1,2)  =>  home within 1 miles of (1, 2)
"#;

#[test]
fn other_spellings_become_canonical() {
    for line in OTHERS.lines().filter(|line| !line.is_empty()) {
        let (text, canonical) = line.split_once("  =>  ").unwrap();
        let text = if text.starts_with('"') {
            text.to_owned()
        } else {
            text.replace("\\u{301}", "\u{301}")
        };
        assert_eq!(round_trip(&text), canonical);
    }
}

#[test]
fn the_examples_of_the_language_reference() {
    let page = include_str!("language-examples.txt");
    for text in page
        .split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        round_trip(text);
    }
}

#[test]
fn long_expressions_are_broken_before_their_operators() {
    let text = r#"gender = male and age between 20 and 30 and (viewed("anti-aging") within 30 days or chatted(topic = "women over 60") or frequency in (frequent, loyal, vip)) and x"#;
    let broken = r#"gender = male
  and age between 20 and 30
  and (
    viewed("anti-aging") within 30 days
    or chatted(topic = "women over 60")
    or frequency in (frequent, loyal, vip)
  )
  and x"#;
    assert_eq!(round_trip(text), broken);
    let text = r#"not (gender = male and age between 20 and 30 and viewed("anti-aging") within 30 days and chatted(topic)) or frequency"#;
    let broken = r#"not (
  gender = male
  and age between 20 and 30
  and viewed("anti-aging") within 30 days
  and chatted(topic)
)
  or frequency"#;
    assert_eq!(round_trip(text), broken);
    let wide = format!("年龄 = \"{}\" and b", "龄".repeat(43));
    assert!(
        round_trip(&wide).contains('\n'),
        "wide characters take two columns"
    );
}

#[test]
fn spans_are_exact() {
    let text = "  age  > 50   and  ( viewed( \"a\" ) within 30 days )  -- note\n and not  x . y ";
    let expr = read(text);
    assert_eq!(expr.span.of(text), text[..text.len() - 1].trim());
    let ExprKind::And(parts) = &expr.kind else {
        panic!("{expr:?}")
    };
    let spans: Vec<_> = parts.iter().map(|part| part.span.of(text)).collect();
    assert_eq!(
        spans,
        [
            "age  > 50",
            "( viewed( \"a\" ) within 30 days )",
            "not  x . y"
        ]
    );
    let ExprKind::Windowed { subject, windows } = &parts[1].kind else {
        panic!("{expr:?}")
    };
    assert_eq!(subject.span.of(text), "viewed( \"a\" )");
    assert_eq!(windows[0].span.of(text), "within 30 days");
}

#[test]
fn trees_that_differ_only_in_spans_are_equal() {
    assert_eq!(read("a   =  1"), read("(a = 1) -- x"));
}
