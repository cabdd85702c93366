//! One folder per cloud: how its clients write requests and read replies.

pub(crate) mod aliyun;
