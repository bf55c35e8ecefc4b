#include "lossy.h"

#include <stdlib.h>
#include <string.h>

json_t *
lossy_string(const char *text)
{
	json_t *o = json_string(text);
	char *ascii, *c;

	if (o != NULL || (ascii = strdup(text)) == NULL)
		return o;
	for (c = ascii; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	o = json_string(ascii);
	free(ascii);
	return o;
}
