mod alter;
mod keys;
mod values;
