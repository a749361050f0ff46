/** The program of the relay's thread when Sluice runs from source. It loads less than `main.ts`. @module */
import { relay } from "./relay.ts";

relay();
