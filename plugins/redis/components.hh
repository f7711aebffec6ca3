#pragma once
#include <flowrun/component_table.h>

namespace flowrun::redis {

extern const flowrun_component consume_component, get_component, lock_component, publish_component, set_component;

}  // namespace flowrun::redis
