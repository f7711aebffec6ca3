#pragma once
// What a failed request means to a flow: its code, whether to try again, and how it is told.

#include <flowrun/component.hh>

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace flowrun::http {

sdk::Status code_of(CURLcode result);
// `detail` is what libcurl says of this one; may be empty.
std::string text_of(CURLcode result, std::string_view detail);

// Of a status from 400 on.
sdk::Status code_of_status(long status);
bool is_worth_trying(long status);
std::string_view reason_of(long status);

}  // namespace flowrun::http
