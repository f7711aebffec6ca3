#pragma once
#include <flowrun/component_table.h>

namespace flowrun::nats {

extern const flowrun_component consume_component, publish_component, request_component;

}  // namespace flowrun::nats
