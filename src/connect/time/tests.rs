//! Against answers of Joda-Time 2.13 on JDK 25 (`fixtures/connect/joda_vectors.tsv`).

use super::*;

const VECTORS: &str = include_str!("../../../fixtures/connect/joda_vectors.tsv");

fn vectors(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    VECTORS
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(move |fields| fields[0] == kind)
}

fn format(pattern: &str, zone: &str, locale: &str, ms: i64) -> String {
    let zone = TimeZone::parse(zone).unwrap();
    PathPattern::compile(pattern).unwrap().format(ms, &zone, LocaleNames::for_setting(locale))
}

#[test]
fn patterns_print_what_joda_prints() {
    let mut seen = 0;
    for fields in vectors("joda") {
        let [_, pattern, zone, locale, ms, "OK", expected] = fields[..] else {
            panic!("a vector without an answer: {fields:?}");
        };
        let ms: i64 = ms.parse().unwrap();
        assert_eq!(format(pattern, zone, locale, ms), expected, "{fields:?}");
        seen += 1;
    }
    assert!(seen > 100, "the fixture holds {seen} vectors");
}

#[test]
fn buckets_start_where_joda_starts_them() {
    let mut seen = 0;
    for fields in vectors("bucket") {
        let [_, duration, zone, ms, "OK", expected] = fields[..] else {
            panic!("a vector without an answer: {fields:?}");
        };
        let zone = TimeZone::parse(zone).unwrap();
        let start = zone.bucket_start_ms(ms.parse().unwrap(), duration.parse().unwrap());
        assert_eq!(start.to_string(), expected, "{fields:?}");
        seen += 1;
    }
    assert!(seen > 300, "the fixture holds {seen} vectors");
}

#[test]
fn iso_text_is_read_as_joda_reads_it() {
    let utc = TimeZone::parse("UTC").unwrap();
    for fields in vectors("iso") {
        let parsed = parse_iso_millis(fields[1], &utc);
        match fields[2] {
            // Joda takes a year of eight digits here; chrono's calendar ends before.
            "OK" if fields[1] == "20150402" => assert_eq!(parsed, None),
            "OK" => assert_eq!(parsed, Some(fields[3].parse().unwrap()), "{fields:?}"),
            _ => assert_eq!(parsed, None, "{fields:?}"),
        }
    }
}

#[test]
fn the_buckets_of_seoul() {
    let hourly = |ms| format("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH", "Asia/Seoul", "en", ms);
    assert_eq!(hourly(1_704_067_199_999), "year=2024/month=01/day=01/hour=08");
    assert_eq!(hourly(1_704_067_200_000), "year=2024/month=01/day=01/hour=09");
    assert_eq!(hourly(1_718_000_000_000), "year=2024/month=06/day=10/hour=15");
    assert_eq!(hourly(1_735_657_200_000), "year=2025/month=01/day=01/hour=00");
}

#[test]
fn the_hours_of_the_americas() {
    let hourly = |zone, ms| format("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH", zone, "en", ms);
    // Three in the morning of 1 February 2014.
    assert_eq!(
        hourly("America/Los_Angeles", 1_391_252_400_000),
        "year=2014/month=02/day=01/hour=03"
    );
    assert_eq!(hourly("America/Santiago", 1_715_224_653_000), "year=2024/month=05/day=08/hour=23");
    assert_eq!(hourly("America/Santiago", 1_706_411_853_000), "year=2024/month=01/day=28/hour=00");
}

#[test]
fn a_quoted_pattern_is_one_literal() {
    let seeds = "'year=!{timestamp:yyyy}/month=!{timestamp:MM}'";
    assert!(PathPattern::compile(seeds).unwrap().is_literal());
    assert_eq!(format(seeds, "UTC", "en", 0), "year=!{timestamp:yyyy}/month=!{timestamp:MM}");
}

#[test]
fn letters_without_a_meaning_are_refused() {
    let refusal = |pattern| PathPattern::compile(pattern).unwrap_err().to_string();
    assert_eq!(refusal("year=!{timestamp:yyyy}"), "Illegal pattern component: r");
    assert_eq!(refusal("year='YYYY'/month='MM'"), "Illegal pattern component: r");
    assert_eq!(refusal("uuuu"), "Illegal pattern component: uuuu");
}

#[test]
fn zones_outside_the_database_are_refused() {
    let refusal = TimeZone::parse("KST").unwrap_err().to_string();
    assert_eq!(refusal, "The datetime zone id 'KST' is not recognised");
    assert!(TimeZone::parse("asia/seoul").is_err());
    assert_eq!(TimeZone::parse("UTC+09:00"), TimeZone::parse("+09:00"));
}

#[test]
fn schedule_points_are_counted_from_local_midnight() {
    let utc = TimeZone::parse("UTC").unwrap();
    let hour = 3_600_000;
    assert_eq!(utc.next_schedule_point_ms(0, hour), hour);
    assert_eq!(utc.next_schedule_point_ms(24 * hour - 1000, hour), 24 * hour);
    assert_eq!(utc.next_schedule_point_ms(17 * hour - 1000, 7 * hour), 21 * hour);
    assert_eq!(utc.next_schedule_point_ms(24 * hour - 1000, 7 * hour), 24 * hour);

    // 3 November 2019 has 25 hours in Los Angeles; 22:00 there is 06:00 UTC of the 4th.
    let pacific = TimeZone::parse("America/Los_Angeles").unwrap();
    let ten_at_night = 1_572_847_200_000;
    assert_eq!(pacific.next_schedule_point_ms(ten_at_night, hour), ten_at_night + hour);
    assert_eq!(pacific.next_schedule_point_ms(ten_at_night + hour, hour), ten_at_night + 2 * hour);
}
