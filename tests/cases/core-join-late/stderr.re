flowrun: pair: message [67]: failed: the group "x" is not complete: it has 1 of 2 messages at the end of the input \(at pair\)
flowrun: pair: message [67]: failed: the group 3 is not complete: it has 1 of 2 messages at the end of the input \(at pair\)
