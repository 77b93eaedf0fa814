/** What the build puts in place of `self.__WB_MANIFEST`, and the build's id. */
declare const __BUILD_ID__: string;
