import { PortalApp } from "./portal/PortalApp";
import { start } from "./ui/start";

void start(["common", "booking"], <PortalApp />);
