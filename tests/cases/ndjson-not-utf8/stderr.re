flowrun: in: message 2: invalid: line 2, byte 14: not valid UTF-8 \(at in\)
flowrun: in: message 3: invalid: line 3, byte 25: control character in a string: .* \(at in\)
copy: failed after [0-9.]+.?s, 2 messages, 2 bad records
  edge       accepted  ok
  in -> out         2   2
