/*
 * walk: finds the files below a folder - manifests, charts, kustomizations - honouring .gitignore,
 * following links without going round in circles. Opens folders relative to each other and asks for
 * no file's metadata, so that ten thousand files cost some milliseconds. Private to input/.
 */
#ifndef TOBAN_INPUT_WALK_H
#define TOBAN_INPUT_WALK_H

#include "input/collect.h"

/* Folders inside folders; deeper ones are a problem and passed over. */
#define WALK_DEPTH_MAX 200u

/* Adds everything below the folder `path` (tidy). What cannot be read is recorded as a problem. */
void walk_folder(struct collect *c, const char *path);

/* Whether a file name is one that Kustomize reads as a folder's kustomization. */
bool walk_is_kustomization_name(struct sv name);

#endif
