flowrun: in: message 2: invalid: line 2, byte 13: text ends where a value should stand \(at in\)
flowrun: in: message 4: invalid: line 4, byte 27: expected a value: .* \(at in\)
flowrun: in: message 5: invalid: line 5, byte 32: expected a value: .* \(at in\)
copy: failed after [0-9.]+.?s, 3 messages, 3 bad records
  edge       accepted  ok
  in -> out         3   3
