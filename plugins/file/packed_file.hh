#pragma once
// A compressed file that is to be appended to.

#include <flowrun/component.hh>

#include "compression.hh"

namespace flowrun::file {

// Why what is appended to it could not be read; null: it could. It is read through for that.
const char* why_not_appendable(int fd, Compression compression);

}  // namespace flowrun::file
