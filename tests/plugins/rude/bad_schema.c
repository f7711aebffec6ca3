/* Settings that are JSON and not a schema. */
#include "component.h"
static const char schema[] = "{\"type\": \"object\", \"properties\": {\"every\": {\"type\": \"strnig\"}}}";
static const flowrun_component bad = {FINE("bad_schema.pass"), .settings = schema};
static const flowrun_component* const table[] = {&bad};
PLUGIN("bad_schema", table, 1);
