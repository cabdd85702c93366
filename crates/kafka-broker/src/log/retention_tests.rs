use super::*;

const fn segment(bytes: u64, newest_ms: i64) -> Facts {
    Facts { bytes, newest_ms: Some(newest_ms) }
}

#[test]
fn size_never_undershoots_the_limit() {
    let segments = [segment(100, 0), segment(100, 0), segment(100, 0), segment(50, 0)];
    let table =
        [(-1, 0), (0, 4), (49, 3), (50, 3), (51, 2), (150, 2), (151, 1), (250, 1), (251, 0), (400, 0)];
    for (limit, expected) in table {
        assert_eq!(expired(&segments, limit, -1, Some(0)), expected, "limit {limit}");
    }
    assert_eq!(expired(&[segment(0, 0)], 0, -1, Some(0)), 0, "an empty segment stays");
    assert_eq!(expired(&[], 0, 0, Some(0)), 0);
}

#[test]
fn time_stops_at_the_first_that_stays() {
    let segments = [segment(1, 10), segment(1, 30), segment(1, 20), segment(1, 40)];
    let table = [(10, 0), (110, 0), (111, 1), (121, 1), (131, 3), (141, 4)];
    for (now_ms, expected) in table {
        assert_eq!(expired(&segments, -1, 100, Some(now_ms)), expected, "at {now_ms}");
    }
    assert_eq!(expired(&segments, -1, -1, Some(i64::MAX)), 0, "for ever");
    assert_eq!(expired(&segments, -1, 100, None), 0, "the clock is not trusted");
    let unknown = [Facts { bytes: 1, newest_ms: None }, segment(1, 0)];
    assert_eq!(expired(&unknown, -1, 100, Some(1_000)), 0, "what does not read is kept");
}
