flowrun: in: message 2: invalid: line 2, byte 8: longer than 67108864 bytes, the limit set by max_line; skipped \(at in\)
copy: failed after [0-9.]+.?s, 2 messages, 1 bad record
  edge       accepted  ok
  in -> out         2   2
