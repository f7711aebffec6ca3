#pragma once
// The components of file.so.

#include <flowrun/component.h>

namespace flowrun::file {

extern const flowrun_component read_component;
extern const flowrun_component write_component;

}  // namespace flowrun::file
