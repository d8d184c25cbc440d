//! Who signed a form: signature version 4 over its policy. The policy alone says how long the
//! form may be used.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use s3s::{S3Error, S3Result, s3_error};
use sha2::Sha256;

use crate::s3::access::{Caller, Keys, signature_v2};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// All fields of a signature.
const FIELDS: [&str; 5] =
    ["policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];

/// Whose form it is; anybody's if it is not signed.
pub(super) fn caller(fields: &BTreeMap<String, String>, keys: &Keys) -> S3Result<Caller> {
    if ["awsaccesskeyid", "signature"].iter().any(|name| fields.contains_key(*name)) {
        return Err(signature_v2());
    }
    if !FIELDS.iter().any(|name| fields.contains_key(*name)) {
        return Ok(Caller::Anonymous);
    }
    if let Some(missing) = FIELDS.iter().find(|name| !fields.contains_key(**name)) {
        return Err(without_field(missing));
    }
    let [policy, algorithm, credential, date, signature] = FIELDS.map(|name| fields[name].as_str());
    if algorithm != ALGORITHM {
        return Err(s3_error!(
            InvalidArgument,
            "X-Amz-Algorithm only supports \"{ALGORITHM}\", not \"{algorithm}\""
        ));
    }
    let scope: Vec<&str> = credential.split('/').collect();
    let [access_key, day, region, "s3", "aws4_request"] = scope[..] else {
        return Err(s3_error!(
            InvalidArgument,
            "X-Amz-Credential must be KEY/YYYYMMDD/REGION/s3/aws4_request, not \"{credential}\""
        ));
    };
    if date.len() != 16 || !date.starts_with(day) {
        return Err(s3_error!(
            InvalidArgument,
            "X-Amz-Date must be a time as {day}T120000Z, of the day in X-Amz-Credential"
        ));
    }
    let (secret, caller) = keys.find(access_key)?;
    let mut key = format!("AWS4{}", secret.expose()).into_bytes();
    for piece in [day, region, "s3", "aws4_request"] {
        key = code(&key, piece)?.finalize().into_bytes().to_vec();
    }
    match unhex(signature)
        .map(|signature| code(&key, policy)?.verify_slice(&signature).map_err(|_| mismatch()))
    {
        Some(Ok(())) => Ok(caller),
        _ => Err(mismatch()),
    }
}

/// S3's refusal of a form that lacks a field before its file.
pub(super) fn without_field(name: &str) -> S3Error {
    s3_error!(
        InvalidArgument,
        "Bucket POST must contain a field named '{name}'.  If it is specified, please check the \
         order of the fields."
    )
}

fn mismatch() -> S3Error {
    s3_error!(
        SignatureDoesNotMatch,
        "The request signature we calculated does not match the signature you provided. Check \
         your key and signing method."
    )
}

fn code(key: &[u8], text: &str) -> S3Result<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).map_err(S3Error::internal_error)?;
    code.update(text.as_bytes());
    Ok(code)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()).collect()
}
