#pragma once
// What the system said of a file, as a failure.

#include <flowrun/component.hh>

#include <string>
#include <string_view>

namespace flowrun::file {

// "doing PATH: what errno means", with {path, errno} as its detail. `remedy` goes behind.
sdk::Failure trouble(const flowrun_values* values, std::string_view doing, std::string_view path, int error,
                     std::string_view remedy = {});

}  // namespace flowrun::file
