//! Reads `multipart/form-data` (RFC 7578): the fields before the file, then the file as a
//! stream, in constant memory. Knows nothing of S3.

use bytes::{Buf, Bytes, BytesMut};
use futures_util::stream::{self, Stream, StreamExt};
use memchr::memmem::Finder;
use s3s::StdError;

/// S3's limit for everything before the file.
const HEAD_BYTES_MAX: usize = 20 * 1024;

/// What is wrong with a form.
#[derive(Debug)]
pub(super) enum Problem {
    /// It breaks the format, or ends too early.
    Malformed,
    /// More than [`HEAD_BYTES_MAX`] before the file.
    TooLarge,
    /// It has no field of the name `file`.
    NoFile,
}

/// A form up to its file.
pub(super) struct Form<S> {
    /// Names in lower case, in the form's order.
    pub(super) fields: Vec<(String, String)>,
    /// As the browser says, a path perhaps.
    pub(super) file_name: String,
    pub(super) file: File<S>,
}

/// What of a form was not read yet.
pub(super) struct File<S> {
    body: S,
    buffer: BytesMut,
    delimiter: Finder<'static>,
    /// Bytes before the buffer.
    consumed: usize,
    is_read: bool,
}

/// Reads a form up to the first byte of its file.
pub(super) async fn read<S, E>(body: S, boundary: &str) -> Result<Form<S>, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let delimiter = format!("\r\n--{boundary}");
    let mut file = File {
        body,
        // As if a line ended before the form: its first delimiter then is like the others.
        buffer: BytesMut::from(&b"\r\n"[..]),
        delimiter: Finder::new(&delimiter).into_owned(),
        consumed: 0,
        is_read: false,
    };
    let (delimiter, line, head) =
        (file.delimiter.clone(), Finder::new("\r\n"), Finder::new("\r\n\r\n"));
    file.until(&delimiter).await?;
    let mut fields = Vec::new();
    loop {
        while file.buffer.len() < 2 {
            file.fill().await?;
        }
        if file.buffer.starts_with(b"--") {
            return Err(Problem::NoFile);
        }
        if !file.until(&line).await?.trim_ascii().is_empty() {
            return Err(Problem::Malformed);
        }
        let disposition = disposition(&file.until(&head).await?)?;
        let name = parameter(&disposition, "name").ok_or(Problem::Malformed)?.to_lowercase();
        if name == "file" {
            let file_name = parameter(&disposition, "filename").unwrap_or_default();
            return Ok(Form { fields, file_name, file });
        }
        let value = file.until(&delimiter).await?;
        let value = String::from_utf8(value.to_vec()).map_err(|_| Problem::Malformed)?;
        fields.push((name, value));
    }
}

impl<S, E> File<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    async fn fill(&mut self) -> Result<(), Problem> {
        match self.body.next().await {
            Some(Ok(bytes)) => {
                self.buffer.extend_from_slice(&bytes);
                Ok(())
            }
            Some(Err(_)) | None => Err(Problem::Malformed),
        }
    }

    /// What stands before a pattern; goes on behind it.
    async fn until(&mut self, pattern: &Finder<'_>) -> Result<Bytes, Problem> {
        loop {
            let found = pattern.find(&self.buffer);
            if self.consumed + found.unwrap_or(self.buffer.len()) > HEAD_BYTES_MAX {
                return Err(Problem::TooLarge);
            }
            if let Some(at) = found {
                let before = self.buffer.split_to(at).freeze();
                self.buffer.advance(pattern.needle().len());
                self.consumed += at + pattern.needle().len();
                return Ok(before);
            }
            self.fill().await?;
        }
    }

    /// The next bytes of the file; `None` at its end.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        while !self.is_read {
            if let Some(at) = self.delimiter.find(&self.buffer) {
                self.is_read = true;
                return Ok(Some(self.buffer.split_to(at).freeze()).filter(|it| !it.is_empty()));
            }
            // The delimiter may have begun.
            let certain = (self.buffer.len() + 1).saturating_sub(self.delimiter.needle().len());
            if certain > 0 {
                return Ok(Some(self.buffer.split_to(certain).freeze()));
            }
            self.fill().await?;
        }
        Ok(None)
    }

    /// The file's bytes. Each piece is asked with how long the file is with it, and the end
    /// with its length.
    pub(super) fn stream(
        self,
        check: impl Fn(u64, bool) -> Result<(), StdError> + Send,
        cut_short: impl Fn() -> StdError + Send,
    ) -> impl Stream<Item = Result<Bytes, StdError>> {
        stream::try_unfold(
            (self, 0, check, cut_short),
            |(mut file, length, check, cut_short)| async move {
                let Some(bytes) = file.next().await.map_err(|_| cut_short())? else {
                    check(length, true)?;
                    return Ok(None);
                };
                let length = length + bytes.len() as u64;
                check(length, false)?;
                Ok(Some((bytes, (file, length, check, cut_short))))
            },
        )
    }
}

/// The `Content-Disposition` of a part.
fn disposition(head: &[u8]) -> Result<String, Problem> {
    let head = std::str::from_utf8(head).map_err(|_| Problem::Malformed)?;
    let values = head.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim().to_owned())
    });
    values.into_iter().next().ok_or(Problem::Malformed)
}

/// A parameter of a header; browsers write `\"` or `%22` for a quote.
pub(super) fn parameter(header: &str, wanted: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (name, tail) = rest.split_once('=')?;
        let (value, tail) = match tail.trim_start().strip_prefix('"') {
            Some(quoted) => {
                let ends = quoted.match_indices('"').map(|(at, _)| at);
                let end = ends.into_iter().find(|at| !quoted[..*at].ends_with('\\'))?;
                (quoted[..end].replace("\\\"", "\"").replace("%22", "\""), &quoted[end + 1..])
            }
            None => match tail.split_once(';') {
                Some((value, _)) => (value.trim().to_owned(), &tail[value.len()..]),
                None => (tail.trim().to_owned(), ""),
            },
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = tail.split_once(';')?.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted_or_not() {
        let header = r#"form-data; name="file"; filename="a \"b\"; c.txt""#;
        assert_eq!(parameter(header, "name").as_deref(), Some("file"));
        assert_eq!(parameter(header, "filename").as_deref(), Some("a \"b\"; c.txt"));
        assert_eq!(parameter("form-data; name=key ; x=y", "name").as_deref(), Some("key"));
        assert_eq!(parameter("form-data; name=key", "filename"), None);
    }

    #[tokio::test]
    async fn a_file_is_what_stands_before_the_delimiter_however_it_is_cut() {
        let form = b"--b\r\nContent-Disposition: form-data; name=\"Key\"\r\n\r\nk\r\n--b\r\n\
            content-disposition: form-data; name=file; filename=f\r\n\r\n\
            \r\n--a\r\n--\r\n--b--\r\n";
        for size in 1..form.len() {
            let pieces = form.chunks(size).map(|it| Ok::<_, StdError>(Bytes::copy_from_slice(it)));
            let form = read(stream::iter(pieces), "b").await.unwrap();
            assert_eq!(form.fields, [("key".to_owned(), "k".to_owned())]);
            assert_eq!(form.file_name, "f");
            let file = form.file.stream(|_, _| Ok(()), || "cut short".into());
            let pieces: Vec<Bytes> = file.map(Result::unwrap).collect().await;
            assert_eq!(pieces.concat(), b"\r\n--a\r\n--", "in pieces of {size}");
        }
    }

    #[tokio::test]
    async fn a_form_that_ends_too_early_is_malformed() {
        let cases: [(&[u8], bool); 3] =
            [(b"--b\r\nwhat", false), (b"nothing", false), (b"--b--\r\n", true)];
        for (form, is_whole) in cases {
            let body = stream::iter([Ok::<_, StdError>(Bytes::from_static(form))]);
            let refused = read(body, "b").await.map(drop);
            assert_eq!(matches!(refused, Err(Problem::NoFile)), is_whole, "{refused:?}");
            assert!(refused.is_err());
        }
    }
}
