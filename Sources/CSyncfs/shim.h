#pragma once

// syncfs(2). glibc shows it only to programs that define _GNU_SOURCE, which Swift's own map of glibc does not.
extern int syncfs(int descriptor);
