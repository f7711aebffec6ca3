#pragma once
// The components of http.so, one file each.

#include <flowrun/component.h>

namespace flowrun::http {

extern const flowrun_component server_component;
extern const flowrun_component request_component;
extern const flowrun_component get_component;
extern const flowrun_component post_component;

}  // namespace flowrun::http
