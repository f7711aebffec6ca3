#pragma once
// Clang's thread-safety annotations: which lock guards what, so that clang can check it (dev lint). Other compilers see
// nothing of them.

#if defined(__clang__)
#define FLOWRUN_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FLOWRUN_THREAD_ANNOTATION(x)
#endif

#define GUARDED_BY(mutex) FLOWRUN_THREAD_ANNOTATION(guarded_by(mutex))
#define REQUIRES(...) FLOWRUN_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) FLOWRUN_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) FLOWRUN_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) FLOWRUN_THREAD_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define RELEASE(...) FLOWRUN_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) FLOWRUN_THREAD_ANNOTATION(assert_capability(x))
#define CAPABILITY(name) FLOWRUN_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY FLOWRUN_THREAD_ANNOTATION(scoped_lockable)
#define NO_THREAD_SAFETY_ANALYSIS FLOWRUN_THREAD_ANNOTATION(no_thread_safety_analysis)
