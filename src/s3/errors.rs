//! The store's errors as S3 says them, and the way onto the blocking pool.

use std::sync::Arc;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use tokio::task::JoinError;

use super::store::{Error, Store};

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        match error {
            Error::NoSuchBucket => {
                s3_error!(NoSuchBucket, "The specified bucket does not exist")
            }
            Error::BucketExists => s3_error!(
                BucketAlreadyOwnedByYou,
                "Your previous request to create the named bucket succeeded and you already \
                 own it."
            ),
            Error::BucketNotEmpty(left) => s3_error!(
                BucketNotEmpty,
                "The bucket you tried to delete is not empty: it holds {left:?}"
            ),
            Error::NoSuchKey => s3_error!(NoSuchKey, "The specified key does not exist."),
            Error::NoSuchUpload => s3_error!(
                NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the \
                 upload may have been aborted or completed."
            ),
            Error::ConditionFailed(header) => s3_error!(
                PreconditionFailed,
                "At least one of the pre-conditions you specified did not hold: {header}"
            ),
            Error::InvalidPart(number) => s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part may not have \
                 been uploaded, or the specified entity tag may not match the part's entity \
                 tag: part {number}"
            ),
            Error::InvalidPartOrder => s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part \
                 number."
            ),
            Error::PartTooSmall(number, size) => s3_error!(
                EntityTooSmall,
                "Your proposed upload is smaller than the minimum allowed size: part {number} \
                 has {size} bytes, and every part but the last needs 5242880"
            ),
            Error::KeyTooLong => s3_error!(KeyTooLongError, "Your key is too long"),
            Error::Io { .. } => {
                tracing::error!(%error, "S3 endpoint");
                S3Error::with_message(S3ErrorCode::InternalError, error.to_string())
            }
        }
    }
}

/// Runs what blocks on the disk away from the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> Result<T, Error> + Send + 'static,
) -> S3Result<T> {
    let store = Arc::clone(store);
    Ok(joined(tokio::task::spawn_blocking(move || work(&store)).await)??)
}

/// An error code that s3s does not name.
pub(super) fn custom(code: &'static str, status: StatusCode, message: &str) -> S3Error {
    let code = S3ErrorCode::Custom(code.into());
    let mut error = S3Error::with_message(code, message.to_owned());
    error.set_status_code(status);
    error
}

/// The result of a task on the blocking pool.
pub(super) fn joined<T>(result: Result<T, JoinError>) -> S3Result<T> {
    result.map_err(S3Error::internal_error)
}
