#pragma once
// What to say about JSON text that is wrong at `at`: static text for JsonError::message.

namespace flowrun::value {

const char* mistaken_value(const char* at, const char* end);   // no value begins here
const char* mistaken_number(const char* at, const char* end);  // a digit is missing here, behind a '-'
const char* mistaken_key(char c);                              // neither a key nor the map's end

}  // namespace flowrun::value
