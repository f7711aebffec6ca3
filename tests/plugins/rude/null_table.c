/* Says that it has two components and has no table of them. */
#include "component.h"
PLUGIN("null_table", NULL, 2);
