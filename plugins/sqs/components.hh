#pragma once
#include <flowrun/component.hh>

namespace flowrun::sqs {

extern const flowrun_component consume_component, publish_component;

}  // namespace flowrun::sqs
