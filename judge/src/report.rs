//! The report on many ROMs as JSON, as JUnit XML, or as text.

use crate::expect::{Expectations, Standing};
use crate::{Outcome, Verdict};
use ricojit::digest::hex;
use ricojit::text::in_a_line;
use serde::Serialize;
use std::fmt::Write;

/// The outcomes, compared with the expectations, in the order of the jobs.
#[derive(Clone, Debug)]
pub struct Report {
    /// The engine's name.
    pub engine: String,
    /// The outcomes.
    pub results: Vec<(Outcome, Standing)>,
}

/// The JSON document; the order of the fields is the order in the file.
#[derive(Serialize)]
struct JsonReport<'a> {
    engine: &'a str,
    passed: usize,
    failed: usize,
    ignored: usize,
    ran: usize,
    results: Vec<JsonResult<'a>>,
}

#[derive(Serialize)]
struct JsonResult<'a> {
    path: &'a str,
    judge: &'static str,
    verdict: &'static str,
    detail: String,
    frames: u64,
    frame_hash: Option<String>,
    audio_hash: Option<String>,
    state_hash: Option<String>,
    subtests: Vec<JsonSubtest<'a>>,
}

#[derive(Serialize)]
struct JsonSubtest<'a> {
    name: &'a str,
    verdict: &'static str,
    code: u8,
}

impl Report {
    /// Compares `outcomes` with `expectations`.
    pub fn new(engine: impl Into<String>, outcomes: Vec<Outcome>, expectations: &Expectations) -> Self {
        let results = outcomes.into_iter().map(|outcome| {
            let standing = expectations.standing(&outcome);
            (outcome, standing)
        });
        Self { engine: engine.into(), results: results.collect() }
    }

    /// The number of ROMs with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.results.iter().filter(|(outcome, _)| outcome.verdict == verdict).count()
    }

    /// Whether any ROM ran.
    pub fn ran_any(&self) -> bool {
        self.count(Verdict::Ignored) < self.results.len()
    }

    /// Whether there is an unexpected failure or pass.
    pub fn has_errors(&self) -> bool {
        self.results.iter().any(|(_, standing)| standing.is_error())
    }

    /// The report as a JSON object.
    pub fn json(&self) -> String {
        let results = self.results.iter().map(|(outcome, standing)| JsonResult {
            path: &outcome.path,
            judge: outcome.judge.name(),
            verdict: outcome.verdict.name(),
            detail: detail(outcome, standing),
            frames: outcome.frames,
            frame_hash: outcome.hashes.map(|hashes| hex(hashes.frames.to_be_bytes())),
            audio_hash: outcome.hashes.map(|hashes| hex(hashes.audio.to_be_bytes())),
            state_hash: outcome.hashes.map(|hashes| hex(hashes.state.to_be_bytes())),
            subtests: outcome.subtests.iter().map(subtest).collect(),
        });
        let report = JsonReport {
            engine: &self.engine,
            passed: self.count(Verdict::Pass),
            failed: self.count(Verdict::Fail),
            ignored: self.count(Verdict::Ignored),
            ran: self.count(Verdict::Ran),
            results: results.collect(),
        };
        serde_json::to_string_pretty(&report).expect("strings and numbers have a JSON form")
    }

    /// The report as JUnit XML: an expected failure and a ROM that did not run are skipped, an error is a failure.
    pub fn junit(&self) -> String {
        let failures = self.results.iter().filter(|(_, standing)| standing.is_error()).count();
        let skipped = self.results.iter().filter(|(outcome, standing)| skip(outcome, standing)).count();
        let engine = escape(&self.engine);
        let tests = self.results.len();
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(
            xml,
            "<testsuite name=\"ricojit {engine}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
        );
        for (outcome, standing) in &self.results {
            let (path, detail) = (escape(&outcome.path), escape(&detail(outcome, standing)));
            let head = format!("  <testcase classname=\"{}\" name=\"{path}\"", outcome.judge.name());
            let _ = if standing.is_error() {
                writeln!(xml, "{head}>\n    <failure message=\"{detail}\"/>\n  </testcase>")
            } else if skip(outcome, standing) {
                writeln!(xml, "{head}>\n    <skipped message=\"{detail}\"/>\n  </testcase>")
            } else {
                writeln!(xml, "{head}/>")
            };
        }
        xml + "</testsuite>\n"
    }

    /// A line for each ROM, the errors last, and a summary.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let good = self.results.iter().filter(|(_, standing)| !standing.is_error());
        let bad = self.results.iter().filter(|(_, standing)| standing.is_error());
        for (outcome, standing) in good.chain(bad) {
            let word = match standing {
                Standing::UnexpectedFailure(_) => "FAIL",
                Standing::UnexpectedPass(_) => "PASS?",
                _ => outcome.verdict.name(),
            };
            let line = format!("{word:<8} {}  {}", outcome.path, detail(outcome, standing));
            let _ = writeln!(text, "{}", in_a_line(line.trim_end()));
        }
        let expected = self.results.iter().filter(|(_, s)| matches!(s, Standing::ExpectedFailure(_))).count();
        let _ = writeln!(
            text,
            "{} passed, {} failed ({expected} expected), {} ignored, {} ran",
            self.count(Verdict::Pass),
            self.count(Verdict::Fail),
            self.count(Verdict::Ignored),
            self.count(Verdict::Ran)
        );
        text
    }
}

fn subtest(test: &super::Subtest) -> JsonSubtest<'_> {
    JsonSubtest { name: &test.name, verdict: test.verdict.name(), code: test.code }
}

fn skip(outcome: &Outcome, standing: &Standing) -> bool {
    outcome.verdict == Verdict::Ignored || matches!(standing, Standing::ExpectedFailure(_))
}

/// The detail of the outcome, after the result of the comparison.
fn detail(outcome: &Outcome, standing: &Standing) -> String {
    match standing {
        Standing::Good => outcome.detail.clone(),
        Standing::UnexpectedFailure(parts) if parts == "not listed" => outcome.detail.clone(),
        Standing::UnexpectedFailure(parts) => format!("failed, not listed: {parts}; {}", outcome.detail),
        Standing::ExpectedFailure(reason) => format!("expected ({reason}): {}", outcome.detail),
        Standing::UnexpectedPass(what) => format!("passed, but listed as a failure ({what}): {}", outcome.detail),
    }
}

/// Escapes text for an XML attribute. Control characters do not exist in XML 1.0, and are escaped as everywhere.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in in_a_line(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, Hashes, Kind, Subtest};

    fn outcome(path: &str, verdict: Verdict, detail: &str) -> Outcome {
        Outcome::without_run(&Entry::new(path, Kind::Text, 1), verdict, detail.to_owned())
    }

    fn report() -> Report {
        let mut first = outcome("a.nes", Verdict::Fail, "FAILED: \"#2\" <&>");
        first.hashes = Some(Hashes { frames: 1, audio: 0xABC, state: u128::MAX });
        first.frames = 9;
        first.subtests.push(Subtest { name: "one".to_owned(), verdict: Verdict::Pass, code: 2 });
        let others = [
            outcome("b.nes", Verdict::Pass, ""),
            outcome("c.nes", Verdict::Fail, "late"),
            outcome("d.nes", Verdict::Ignored, "mapper 99"),
            outcome("e.nes", Verdict::Ran, ""),
        ];
        let list = Expectations::parse("c.nes # open: x").unwrap();
        Report::new("interp", [vec![first], others.to_vec()].concat(), &list)
    }

    #[test]
    fn json_has_exactly_the_documented_keys() {
        let json = report().json();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let counts: Vec<u64> =
            ["passed", "failed", "ignored", "ran"].iter().map(|key| value[key].as_u64().unwrap()).collect();
        assert_eq!((value["engine"].as_str(), counts), (Some("interp"), vec![1, 2, 1, 1]));
        let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(keys(&value), "engine failed ignored passed ran results");
        let result = &value["results"][0];
        let all = "audio_hash detail frame_hash frames judge path state_hash subtests verdict";
        assert_eq!(keys(result), all);
        assert_eq!(result["audio_hash"], "00000000000000000000000000000abc");
        assert_eq!(result["subtests"][0], serde_json::json!({"name": "one", "verdict": "pass", "code": 2}));
        assert_eq!(value["results"][1]["frame_hash"], serde_json::Value::Null);
        assert_eq!(value["results"][2]["detail"], "expected (open: x): late");
    }

    #[test]
    fn junit_is_escaped_and_has_counts() {
        let xml = report().junit();
        assert!(xml.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\""), "{xml}");
        assert!(xml.contains("<failure message=\"FAILED: &quot;#2&quot; &lt;&amp;&gt;\"/>"), "{xml}");
        assert!(xml.contains("<skipped message=\"expected (open: x): late\"/>"), "{xml}");
        assert!(xml.contains("<testcase classname=\"text\" name=\"b.nes\"/>"), "{xml}");
        assert_eq!(escape("a\u{1}b\nc'"), "a\\u{1}b\\nc&apos;");
    }

    #[test]
    fn the_table_ends_with_errors_and_a_summary() {
        let table = report().table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "pass     b.nes");
        assert_eq!(lines[4], "FAIL     a.nes  FAILED: \"#2\" <&>");
        assert_eq!(lines[5], "1 passed, 2 failed (1 expected), 1 ignored, 1 ran");
    }

    #[test]
    fn an_empty_report_has_no_errors_and_ran_nothing() {
        assert!(report().has_errors() && report().ran_any());
        let list = Expectations::default();
        let empty = Report::new("interp", vec![outcome("d.nes", Verdict::Ignored, "")], &list);
        assert!(!empty.has_errors() && !empty.ran_any());
        assert!(!Report::new("interp", Vec::new(), &list).ran_any());
    }
}
