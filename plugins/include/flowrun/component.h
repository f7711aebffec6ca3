/* flowrun/component.h: what a plugin in C includes to write a component. C11 and C++17. */
#ifndef FLOWRUN_COMPONENT_H
#define FLOWRUN_COMPONENT_H

#include <flowrun/component_table.h>

#endif
