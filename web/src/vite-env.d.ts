/** Names what this build is made of; see `scripts/build-id.mjs`. */
declare const __BUILD_ID__: string;
