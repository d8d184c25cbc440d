use super::actions::Needed;
use super::*;

const WRITER: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "AllowKafkaConnectRoleListBucket",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:role/KafkaConnectRole"},
            "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": "arn:aws:s3:::clicks"
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:role/KafkaConnectRole"},
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": "arn:aws:s3:::clicks/*"
        }
    ]
}"#;

fn ask(policy: &Policy, user: Option<&str>, action: &str, resource: &str) -> Decision {
    with(policy, user, action, resource, &Context::new())
}

fn with(
    policy: &Policy,
    user: Option<&str>,
    action: &str,
    resource: &str,
    context: &Context,
) -> Decision {
    policy.decide(&Question { user, action, resource, context })
}

/// One statement for everybody on all of the bucket.
fn statement(rest: &str) -> String {
    format!(
        r#"{{"Statement": {{"Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::clicks", "arn:aws:s3:::clicks/*"], {rest}}}}}"#
    )
}

#[test]
fn a_role_may_do_what_its_statements_name_and_nothing_else() {
    let policy = Policy::of_bucket(WRITER, "clicks").unwrap();
    let role = Some("KafkaConnectRole");
    let cases = [
        (role, "s3:PutObject", "arn:aws:s3:::clicks/topics/a", Decision::Allowed),
        (role, "s3:ListBucket", "arn:aws:s3:::clicks", Decision::Allowed),
        (role, "s3:GetObject", "arn:aws:s3:::clicks/topics/a", Decision::NotMentioned),
        (role, "s3:PutObject", "arn:aws:s3:::other/topics/a", Decision::NotMentioned),
        (Some("other"), "s3:PutObject", "arn:aws:s3:::clicks/a", Decision::NotMentioned),
        (None, "s3:PutObject", "arn:aws:s3:::clicks/a", Decision::NotMentioned),
    ];
    for (user, action, resource, decision) in cases {
        assert_eq!(ask(&policy, user, action, resource), decision, "{user:?} {action} {resource}");
    }
    assert!(!policy.is_public());
}

#[test]
fn a_deny_wins_over_an_allow() {
    let policy = r#"{"Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"},
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:Delete*",
         "NotResource": "arn:aws:s3:::b/tmp/*"}
    ]}"#;
    let policy = Policy::of_bucket(policy, "b").unwrap();
    assert_eq!(ask(&policy, None, "s3:GetObject", "arn:aws:s3:::b/k"), Decision::Allowed);
    assert_eq!(ask(&policy, None, "s3:deleteobject", "arn:aws:s3:::b/k"), Decision::Denied);
    assert_eq!(ask(&policy, None, "s3:DeleteObject", "arn:aws:s3:::b/tmp/k"), Decision::Allowed);
    assert!(policy.is_public());
}

#[test]
fn conditions_compare_as_their_operators_say() {
    let context: Context = [
        ("s3:prefix", "home/anna/"),
        ("aws:sourceip", "10.1.2.3"),
        ("aws:securetransport", "false"),
        ("s3:max-keys", "100"),
        ("aws:currenttime", "1700000000"),
        ("s3:existingobjecttag/Team", "data"),
    ]
    .map(|(key, value)| (key.to_owned(), vec![value.to_owned()]))
    .into();
    let cases = [
        (r#"{"StringEquals": {"s3:prefix": ["a", "home/anna/"]}}"#, true),
        (r#"{"StringNotEquals": {"s3:prefix": "home/anna/"}}"#, false),
        (r#"{"StringLike": {"S3:Prefix": "home/*"}}"#, true),
        (r#"{"StringEquals": {"s3:delimiter": "/"}}"#, false),
        (r#"{"StringNotEquals": {"s3:delimiter": "/"}}"#, true),
        (r#"{"StringEqualsIfExists": {"s3:delimiter": "/"}}"#, true),
        (r#"{"Null": {"s3:delimiter": "true"}}"#, true),
        (r#"{"Null": {"s3:prefix": true}}"#, false),
        (r#"{"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.0.0.0/8"]}}"#, true),
        (r#"{"NotIpAddress": {"aws:SourceIp": "10.1.2.3"}}"#, false),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, true),
        (r#"{"NumericLessThanEquals": {"s3:max-keys": 100}}"#, true),
        (r#"{"NumericGreaterThan": {"s3:max-keys": "100"}}"#, false),
        (r#"{"DateGreaterThan": {"aws:CurrentTime": "2023-01-01"}}"#, true),
        (r#"{"DateLessThan": {"aws:CurrentTime": "2023-01-01T00:00:00Z"}}"#, false),
        (r#"{"StringEquals": {"s3:ExistingObjectTag/Team": "data"}}"#, true),
        (r#"{"ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["a"]}}"#, true),
    ];
    for (condition, holds) in cases {
        let text = statement(&format!(r#""Effect": "Allow", "Condition": {condition}"#));
        let policy = Policy::of_bucket(&text, "clicks").unwrap();
        let decision = with(&policy, None, "s3:ListBucket", "arn:aws:s3:::clicks", &context);
        assert_eq!(decision == Decision::Allowed, holds, "{condition}");
    }
}

#[test]
fn a_policy_that_s3_refuses_is_refused_in_its_words() {
    let replaced = |from: &str, to: &str| WRITER.replace(from, to);
    let cases = [
        ("nonsense".to_owned(), "Policies must be valid JSON and the first byte must be '{'"),
        ("{}".to_owned(), "Missing required field Statement"),
        (replaced(r#""Effect": "Allow","#, ""), "Missing required field Effect"),
        (replaced("Principal", "Someone"), "Unknown field Someone"),
        (replaced("s3:PutObject", "s3:PutObjects"), "Policy has invalid action"),
        (replaced("role/KafkaConnectRole", "KafkaConnectRole"), "Invalid principal in policy"),
        (replaced("arn:aws:s3:::clicks/*", "arn:aws:s3:::other/*"), "Policy has invalid resource"),
        (
            replaced("arn:aws:s3:::clicks/*", "arn:aws:s3:::clicks"),
            "Action does not apply to any resource(s) in statement",
        ),
        (
            statement(r#""Effect": "Allow", "Condition": {"StringIs": {"s3:prefix": "a"}}"#),
            "Invalid Condition type : StringIs",
        ),
        (
            statement(r#""Effect": "Allow", "Condition": {"Bool": {"s3:weather": "true"}}"#),
            "Policy has an invalid condition key - s3:weather",
        ),
    ];
    for (text, refusal) in cases {
        assert_eq!(Policy::of_bucket(&text, "clicks").unwrap_err().to_string(), refusal);
    }
}

#[test]
fn a_users_policy_is_about_the_user() {
    let text = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*",
        "Resource": "arn:aws:s3:::home/${aws:username}/*"}]}"#;
    let policy = Policy::of_user(text).unwrap();
    let anna = Some("anna");
    assert_eq!(ask(&policy, anna, "s3:GetObject", "arn:aws:s3:::home/anna/a"), Decision::Allowed);
    let bert = ask(&policy, anna, "s3:GetObject", "arn:aws:s3:::home/bert/a");
    assert_eq!(bert, Decision::NotMentioned);
    assert!(Policy::of_user(WRITER).is_err(), "names principals");
}

#[test]
fn a_condition_on_the_callers_address_makes_a_policy_private() {
    let narrow = r#""Effect": "Allow", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#;
    let wide = narrow.replace("10.0.0.0/8", "0.0.0.0/0");
    assert!(!Policy::of_bucket(&statement(narrow), "clicks").unwrap().is_public());
    assert!(Policy::of_bucket(&statement(&wide), "clicks").unwrap().is_public());
}

#[test]
fn every_operation_of_the_endpoint_has_a_permission() {
    let cases = [
        ("GetObject", "s3:GetObject", Scope::Object),
        ("UploadPart", "s3:PutObject", Scope::Object),
        ("HeadBucket", "s3:ListBucket", Scope::Bucket),
        ("DeleteObjects", "s3:DeleteObject", Scope::Object),
        ("ListParts", "s3:ListMultipartUploadParts", Scope::Object),
        ("PutBucketPolicy", "s3:PutBucketPolicy", Scope::Bucket),
    ];
    for (operation, action, scope) in cases {
        assert_eq!(needed(operation), Some(Needed { action, scope }));
    }
    assert_eq!(needed("SelectObjectContent"), None);
}

#[test]
fn wildcards_match_any_characters_or_one() {
    let cases = [
        ("*", "", true),
        ("a*", "abc", true),
        ("a*c", "abbc", true),
        ("a*c", "abcd", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("*a*b*", "xxaxxbxx", true),
        ("äß?", "äßü", true),
    ];
    for (pattern, text, matches) in cases {
        assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
    }
}
