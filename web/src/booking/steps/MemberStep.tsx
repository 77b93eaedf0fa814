import { Avatar, Skeleton, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { ProblemAlert } from "../../ui/ProblemAlert";
import { IconUsers } from "../../ui/icons";
import { StepFrame } from "../StepFrame";
import { type TeamMember, useTeamMembers } from "../useCatalogue";
import classes from "./MemberStep.module.css";

interface Props {
  serviceId: string;
  memberId: string | undefined;
  onChoose: (memberId: string | undefined) => void;
  onBack: () => void;
  onNext: () => void;
}

function Picture({ member }: { member: TeamMember }) {
  return (
    <Avatar src={member.photoUrl ?? null} alt="" size={44} color="pine" name={member.name}>
      {null}
    </Avatar>
  );
}

/** Who comes. Whoever is free, unless somebody in particular is wished for. */
export function MemberStep({ serviceId, memberId, onChoose, onBack, onNext }: Props) {
  const { t } = useTranslation("booking");
  const { data: members, error, isPending, refetch } = useTeamMembers(serviceId);

  const option = (member: TeamMember | undefined) => {
    const isChosen = member?.id === memberId;
    return (
      <label key={member?.id ?? "anyone"} className={classes.option}>
        <input
          type="radio"
          name="member"
          value={member?.id ?? ""}
          checked={isChosen}
          onChange={() => onChoose(member?.id)}
        />
        {member === undefined ? (
          <Avatar size={44} color="pine">
            <IconUsers size={24} aria-hidden />
          </Avatar>
        ) : (
          <Picture member={member} />
        )}
        <span>
          <span className={classes.name}>{member?.name ?? t("member.anyone")}</span>
          <span className={classes.skills}>
            {member === undefined ? t("member.anyoneText") : member.skills.join(", ")}
          </span>
        </span>
      </label>
    );
  };

  return (
    <StepFrame step="member" lead={t("member.lead")} onBack={onBack} onNext={onNext}>
      {error === null ? null : <ProblemAlert error={error} onRetry={() => void refetch()} />}
      <fieldset className={classes.options}>
        <legend className={classes.legend}>{t("member.legend")}</legend>
        {option(undefined)}
        {(members ?? []).map(option)}
      </fieldset>
      {isPending ? (
        <Stack aria-busy="true">
          <Skeleton height={76} radius="lg" />
          <Skeleton height={76} radius="lg" />
        </Stack>
      ) : null}
    </StepFrame>
  );
}
